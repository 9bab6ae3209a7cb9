/** Copies text and says for a moment what came of it. */
export function copied(): { readonly said: string; copy(text: string): Promise<void> } {
  let said = $state('')
  return {
    get said() {
      return said
    },
    async copy(text) {
      try {
        await navigator.clipboard.writeText(text)
        said = 'Copied'
      } catch {
        said = 'The clipboard could not be written'
      }
      setTimeout(() => (said = ''), 1600)
    }
  }
}
