import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { EventHub } from '../../../../src-main/service/jobs/events.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const progress = (path: string, fraction: number) => ({ path, fraction, message: '' })

test('thinned events come at most ten a second, the newest last', () => {
  const hub = new EventHub()
  const seen: number[] = []
  hub.on((event, data) => event === 'catalog.progress' && seen.push((data as { fraction: number }).fraction))
  for (let k = 0; k < 1000; k++) {
    hub.thinned('catalog.progress', 'a', progress('a', k))
    vi.advanceTimersByTime(1)
  }
  vi.advanceTimersByTime(1000)
  expect(seen.length).toBeLessThanOrEqual(12)
  expect(seen[0]).toBe(0)
  expect(seen.at(-1)).toBe(999)
})

test('a delayed event is sent before the next one', () => {
  const hub = new EventHub()
  const seen: number[] = []
  hub.on((_, data) => void seen.push((data as { fraction: number }).fraction))
  hub.thinned('catalog.progress', 'a', progress('a', 1))
  hub.thinned('catalog.progress', 'a', progress('a', 2))
  hub.flush('a')
  hub.emit('catalog.progress', progress('a', 3))
  vi.advanceTimersByTime(1000)
  expect(seen).toEqual([1, 2, 3])
})
