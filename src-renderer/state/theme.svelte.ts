export type ThemeChoice = 'system' | 'dark' | 'light'

const key = 'halolaw.theme'

/** Dark or light colours: the system's, until the user chooses. */
export class Theme {
  choice = $state<ThemeChoice>('system')
  private systemDark = $state(true)
  readonly dark = $derived(this.choice === 'system' ? this.systemDark : this.choice === 'dark')

  /** Follows the stored choice and the system. Call it once, when the window opens. */
  start(): void {
    const stored = localStorage.getItem(key)
    if (stored === 'dark' || stored === 'light') this.choice = stored
    const query = matchMedia('(prefers-color-scheme: light)')
    this.systemDark = !query.matches
    query.addEventListener('change', () => (this.systemDark = !query.matches))
    this.apply()
    query.addEventListener('change', () => this.apply())
  }

  set(choice: ThemeChoice): void {
    this.choice = choice
    localStorage.setItem(key, choice)
    this.apply()
  }

  toggle(): void {
    this.set(this.dark ? 'light' : 'dark')
  }

  private apply(): void {
    document.documentElement.dataset.theme = this.dark ? 'dark' : 'light'
  }
}
