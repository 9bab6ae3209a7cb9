import type { EventName, Events } from '../../../src-shared/contract.ts'

type AnyListener = <E extends EventName>(event: E, data: Events[E]) => void

/** At most ten per second of one kind. */
const intervalMs = 100

/**
 * Sends events to listeners: `emit` at once, `thinned` at most ten times per second per key. The newest event is always
 * delivered, so no listener keeps an outdated value.
 */
export class EventHub {
  private readonly listeners = new Set<AnyListener>()
  private readonly pending = new Map<string, { timer: NodeJS.Timeout; latest: (() => void) | null }>()

  on(listener: AnyListener): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  emit<E extends EventName>(event: E, data: Events[E]): void {
    for (const listener of this.listeners) listener(event, data)
  }

  thinned<E extends EventName>(event: E, key: string, data: Events[E]): void {
    const slot = `${event}:${key}`
    const waiting = this.pending.get(slot)
    if (waiting) {
      waiting.latest = () => this.emit(event, data)
      return
    }
    this.emit(event, data)
    this.wait(slot)
  }

  /** Sends the event held back under a key, so that it does not arrive after later events. */
  flush(key: string): void {
    for (const [slot, { timer, latest }] of this.pending) {
      if (!slot.endsWith(`:${key}`)) continue
      clearTimeout(timer)
      this.pending.delete(slot)
      latest?.()
    }
  }

  close(): void {
    for (const { timer } of this.pending.values()) clearTimeout(timer)
    this.pending.clear()
    this.listeners.clear()
  }

  private wait(slot: string): void {
    const timer = setTimeout(() => {
      const latest = this.pending.get(slot)?.latest
      this.pending.delete(slot)
      if (!latest) return
      latest()
      this.wait(slot)
    }, intervalMs)
    this.pending.set(slot, { timer, latest: null })
  }
}
