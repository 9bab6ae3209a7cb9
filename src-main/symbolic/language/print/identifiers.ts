/**
 * Maps each name to a valid identifier: other characters become _, and names that are reserved, begin with a digit or are already used
 * get a _ or a number.
 * @param letters a character class of the letters that a name may contain, such as `A-Za-z`, besides digits and _
 */
export function identifiers(
  names: readonly string[],
  letters: string,
  reserved: ReadonlySet<string>
): ReadonlyMap<string, string> {
  const others = new RegExp(`[^${letters}0-9_]+`, 'gu')
  const identifierOf = new Map<string, string>()
  const used = new Set(reserved)
  // valid names stay unchanged, whatever their order
  const plain = (name: string): boolean =>
    !name.match(others) && !/^\d/.test(name) && name !== '' && !reserved.has(name)
  for (const name of names.filter(plain)) used.add(name)
  for (const name of names) {
    if (identifierOf.has(name)) continue
    if (plain(name)) {
      identifierOf.set(name, name)
      continue
    }
    const base = name.replace(others, '_').replace(/^_+(?=.)|(?<=.)_+$/g, '') || 'x'
    const stem = /^[\d_]*$/.test(base) || /^\d/.test(base) ? `x_${base.replace(/^_/, '')}` : base
    let word = reserved.has(stem) ? `${stem}_` : stem
    for (let n = 2; used.has(word); n++) word = `${stem}_${n}`
    used.add(word)
    identifierOf.set(name, word)
  }
  return identifierOf
}
