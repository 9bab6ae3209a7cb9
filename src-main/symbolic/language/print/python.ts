const words = new Set(
  'False None True and as assert async await break class continue def del elif else except finally for from global if import in is lambda nonlocal not or pass raise return try while with yield math np sp columns'.split(
    ' '
  )
)

/** True for a column name that is a Python identifier; other columns are looked up by a string. */
export function isPythonName(name: string): boolean {
  return /^[\p{L}_][\p{L}\p{N}_]*$/u.test(name) && !words.has(name)
}
