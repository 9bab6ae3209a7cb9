import { expect, test } from 'vitest'
import { connectionText } from '../../../../src-renderer/app/connection-words.ts'
import { tabAfterKey } from '../../../../src-renderer/app/tab-keys.ts'

test('a service that stays away is named with how long it has been away and what a person can do', () => {
  expect(connectionText('up', 99)).toBe('Service ready')
  expect(connectionText('down', 9)).toBe('Service disconnected, reconnecting')
  expect(connectionText('down', 90)).toMatch(/^Service disconnected for 1 min 30 s; if you stopped it, start it again/)
})

test('arrow keys go round the tabs, and other keys stay', () => {
  const tabs = ['a', 'b', 'c']
  expect(['a', 'b', 'c'].map((tab) => tabAfterKey(tabs, tab, 'ArrowRight'))).toEqual(['b', 'c', 'a'])
  expect(tabAfterKey(tabs, 'a', 'ArrowLeft')).toBe('c')
  expect(tabAfterKey(tabs, 'a', 'Enter')).toBeNull()
})
