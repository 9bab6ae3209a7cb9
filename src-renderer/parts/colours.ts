import { createSubscriber } from 'svelte/reactivity'

/**
 * Reruns effects when the theme changes, because canvases do not follow CSS variables. One per document, as the theme is.
 */
const followTheme = createSubscriber((update) => {
  const observer = new MutationObserver(update)
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] })
  return () => observer.disconnect()
})

/** A token of tokens.css as a colour for a canvas. An effect that reads it runs again when the theme changes. */
export function tokenColour(token: string): string {
  followTheme()
  const name = token.startsWith('var(') ? token.slice(4, -1) : token
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim()
}
