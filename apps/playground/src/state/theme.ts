import { effect, signal } from '@preact/signals'

/** `auto` follows the system. */
export type Theme = 'auto' | 'light' | 'dark'

const KEY = 'dinokit-theme'

/** Storage may be forbidden: then the choice lasts as long as the page. */
function stored(): Theme {
  try {
    const value = localStorage.getItem(KEY)
    return value === 'light' || value === 'dark' ? value : 'auto'
  } catch {
    return 'auto'
  }
}

export const theme = signal<Theme>('auto')

/** Applies the theme now and whenever it changes, and remembers it. */
export function followTheme(): void {
  theme.value = stored()
  effect(() => {
    document.documentElement.dataset.theme = theme.value
    try {
      localStorage.setItem(KEY, theme.value)
    } catch {
      // See above.
    }
  })
}
