/** A copy action that shows its outcome for a moment. */
export function clipboardCopy(): { readonly outcome: string; copy(text: string): Promise<void> } {
  let outcome = $state('')
  return {
    get outcome() {
      return outcome
    },
    async copy(text) {
      try {
        await navigator.clipboard.writeText(text)
        outcome = 'Copied'
      } catch {
        outcome = 'Could not copy'
      }
      setTimeout(() => (outcome = ''), 1600)
    }
  }
}
