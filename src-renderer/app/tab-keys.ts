/** The tab that an arrow key leads to, around the end; null for another key. */
export function tabAfterKey<T>(tabs: readonly T[], current: T, key: string): T | null {
  const by = key === 'ArrowRight' ? 1 : key === 'ArrowLeft' ? -1 : 0
  return by === 0 ? null : tabs[(tabs.indexOf(current) + by + tabs.length) % tabs.length]
}
