/** Numbers and texts that a file carries as pairs of text; long texts (a schema in JSON, say) are left out, pandas' attributes taken apart. */
export function metadataFromPairs(pairs: Iterable<readonly [string, string]>): Record<string, string | number> {
  const metadata: Record<string, string | number> = {}
  for (const [key, text] of pairs) {
    if (key === 'PANDAS_ATTRS') Object.assign(metadata, fromJson(text))
    else if (key !== 'pandas' && key !== 'ARROW:schema' && text.length <= 2000) metadata[key] = textOrNumber(text)
  }
  return metadata
}

/** '500' is a number, '500 Mpc/h' a text. */
export function textOrNumber(text: string): string | number {
  const trimmed = text.trim().replace(/^"(.*)"$/, '$1')
  const value = Number(trimmed)
  return trimmed !== '' && Number.isFinite(value) ? value : trimmed
}

function fromJson(text: string): Record<string, string | number> {
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    return {}
  }
  if (typeof parsed !== 'object' || parsed === null) return {}
  const entries = Object.entries(parsed).filter(
    (entry): entry is [string, string | number] => typeof entry[1] === 'number' || typeof entry[1] === 'string'
  )
  return Object.fromEntries(entries)
}
