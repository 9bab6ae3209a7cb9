import { createSubscriber } from 'svelte/reactivity'

/** Told when the theme changes: canvases do not follow CSS variables by themselves. */
const followTheme = createSubscriber((update) => {
  const observer = new MutationObserver(update)
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] })
  return () => observer.disconnect()
})

/** A token of tokens.css as a colour that a canvas takes; read in an effect, it is read again when the theme changes. */
export function tokenColour(token: string): string {
  followTheme()
  const name = token.startsWith('var(') ? token.slice(4, -1) : token
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim()
}
