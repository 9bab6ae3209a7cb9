/** '500' becomes a number; '500 Mpc/h' stays text. */
export function textOrNumber(text: string): string | number {
  const trimmed = text.trim().replace(/^"(.*)"$/, '$1')
  const value = Number(trimmed)
  return trimmed !== '' && Number.isFinite(value) ? value : trimmed
}
