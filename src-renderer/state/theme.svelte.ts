import type { Ground } from '../parts/colormap.ts'

export type ThemeChoice = 'system' | 'dark' | 'light'

const key = 'halolaw.theme'

/** Dark or light colours: the system's, until the user chooses. */
export class Theme {
  choice = $state<ThemeChoice>('system')
  private systemGround = $state<Ground>('dark')
  readonly ground: Ground = $derived(this.choice === 'system' ? this.systemGround : this.choice)
  readonly dark: boolean = $derived(this.ground === 'dark')

  /** Follows the stored choice and the system. Call it once, when the window opens. */
  start(): void {
    const stored = localStorage.getItem(key)
    if (stored === 'dark' || stored === 'light') this.choice = stored
    const query = matchMedia('(prefers-color-scheme: light)')
    const follow = () => {
      this.systemGround = query.matches ? 'light' : 'dark'
      this.apply()
    }
    follow()
    query.addEventListener('change', follow)
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
    document.documentElement.dataset.theme = this.ground
  }
}
