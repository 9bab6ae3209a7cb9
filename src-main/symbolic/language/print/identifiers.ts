/**
 * For each name one that a language takes: other characters become _, and what is reserved, begins with a digit or is taken
 * already gets a _ or a number.
 * @param letters a character class of what may stand in a name, such as `A-Za-z`, beside digits and _
 */
export function identifiers(
  names: readonly string[],
  letters: string,
  reserved: ReadonlySet<string>
): ReadonlyMap<string, string> {
  const others = new RegExp(`[^${letters}0-9_]+`, 'gu')
  const given = new Map<string, string>()
  const taken = new Set(reserved)
  // names that are fine as they are keep themselves, whoever comes first
  const plain = (name: string): boolean =>
    !name.match(others) && !/^\d/.test(name) && name !== '' && !reserved.has(name)
  for (const name of names.filter(plain)) taken.add(name)
  for (const name of names) {
    if (given.has(name)) continue
    if (plain(name)) {
      given.set(name, name)
      continue
    }
    const base = name.replace(others, '_').replace(/^_+(?=.)|(?<=.)_+$/g, '') || 'x'
    const stem = /^[\d_]*$/.test(base) || /^\d/.test(base) ? `x_${base.replace(/^_/, '')}` : base
    let word = reserved.has(stem) ? `${stem}_` : stem
    for (let n = 2; taken.has(word); n++) word = `${stem}_${n}`
    taken.add(word)
    given.set(name, word)
  }
  return given
}
