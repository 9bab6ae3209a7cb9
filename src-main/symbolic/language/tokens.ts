import { badInput } from '../../../src-shared/errors.ts'

/** One word of a formula; `column` counts from 1. */
export type Token =
  | { kind: 'number'; text: string; value: number; column: number }
  | { kind: 'name'; text: string; quoted: boolean; column: number }
  | { kind: 'operator' | 'mark'; text: string; column: number }
  | { kind: 'end'; text: ''; column: number }

const space = /\s+/y
const number = /(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/y
const name = /[\p{L}_][\p{L}\p{N}_]*(?:\.[\p{L}_][\p{L}\p{N}_]*)*/uy
const quotedName = /`([^`]+)`/y
const symbol = /\*\*|>=|<=|==|!=|&&|\|\||[-+*/^<>=!&|(),−×·÷≤≥≠]/y

/** The spelling that the parser knows for each way of writing an operator. */
const spelling: Record<string, string> = {
  '**': '^',
  '&': 'and',
  '&&': 'and',
  '|': 'or',
  '||': 'or',
  '!': 'not',
  '=': '==',
  '−': '-',
  '×': '*',
  '·': '*',
  '÷': '/',
  '≤': '<=',
  '≥': '>=',
  '≠': '!='
}

/** True for a name that is written without backquotes. */
export function isPlainName(text: string): boolean {
  name.lastIndex = 0
  const match = name.exec(text)
  return (
    match !== null && match[0] === text && !['and', 'or', 'not', 'pi', 'inf', 'nan', 'true', 'false'].includes(text)
  )
}

/** Splits a formula into tokens, followed by an `end`. @throws HalolawError `bad-input` for a character without meaning */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = []
  let at = 0
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at
    const match = pattern.exec(text)
    if (match) at = pattern.lastIndex
    return match
  }
  while (at < text.length) {
    if (take(space)) continue
    const column = at + 1
    const digits = take(number)
    if (digits) {
      tokens.push({ kind: 'number', text: digits[0], value: Number(digits[0]), column })
      continue
    }
    const word = take(name)
    if (word) {
      const isOperator = ['and', 'or', 'not'].includes(word[0].toLowerCase())
      tokens.push(
        isOperator
          ? { kind: 'operator', text: word[0].toLowerCase(), column }
          : { kind: 'name', text: word[0], quoted: false, column }
      )
      continue
    }
    const quoted = take(quotedName)
    if (quoted) {
      tokens.push({ kind: 'name', text: quoted[1], quoted: true, column })
      continue
    }
    const mark = take(symbol)
    if (!mark)
      throw badInput(
        `In the formula, column ${column}: the character "${String.fromCodePoint(text.codePointAt(at)!)}" has no meaning here; names with such characters go in backquotes.`
      )
    const isMark = ['(', ')', ','].includes(mark[0])
    tokens.push({ kind: isMark ? 'mark' : 'operator', text: spelling[mark[0]] ?? mark[0], column })
  }
  tokens.push({ kind: 'end', text: '', column: text.length + 1 })
  return tokens
}
