/** Halolaw's column names with the file's columns and, after a colon, their units */
export type ColumnMap = Record<string, string>

/**
 * Reads `mass=M200c:1e10Msun/h, x=Position[0]` into a map from Halolaw's names to columns of the file.
 * Parts without an equals sign are returned in `unread`, to be shown beside the input.
 */
export function parseMapping(text: string): { map: ColumnMap; unread: string[] } {
  const map: ColumnMap = {}
  const unread: string[] = []
  for (const part of text.split(',').map((piece) => piece.trim())) {
    if (part === '') continue
    const [, name, source] = /^(\w+)\s*=\s*(\S.*)$/.exec(part) ?? []
    if (name && source) map[name] = source.trim()
    else unread.push(part)
  }
  return { map, unread }
}
