import { ChevronDown, Monitor, Moon, Sun } from 'lucide'
import { SIZE_CHOICES, type SizeChoice } from '../engine/input-size.ts'
import type { Session } from '../state/session.ts'
import { menu, model, size } from '../state/store.ts'
import { theme, type Theme } from '../state/theme.ts'
import { Icon } from './controls/icon.tsx'
import { ModelMenu } from './model-menu.tsx'

const THEMES: Readonly<Record<Theme, { readonly icon: typeof Sun; readonly label: string; readonly next: Theme }>> = {
  auto: { icon: Monitor, label: 'Theme: as the system', next: 'light' },
  light: { icon: Sun, label: 'Theme: light', next: 'dark' },
  dark: { icon: Moon, label: 'Theme: dark', next: 'auto' },
}

/** The page's name, the model, the resolution and the theme. */
export function TopBar({ session }: { readonly session: Session }) {
  const { open, opening } = model.value
  const { icon, label, next } = THEMES[theme.value]
  const share = opening?.share === undefined ? '' : ` ${Math.round(opening.share * 100)} %`
  const name = opening ? `Opening…${share}` : (open?.id ?? 'None')
  return (
    <header class="top">
      <h1>
        <svg class="logo" viewBox="0 0 32 32" aria-hidden="true">
          <rect x="2" y="2" width="13" height="13" rx="3" fill="#6d5ae6" />
          <rect x="17" y="2" width="13" height="13" rx="3" fill="#e0577d" />
          <rect x="2" y="17" width="13" height="13" rx="3" fill="#f2a65a" />
          <rect x="17" y="17" width="13" height="13" rx="6.5" fill="#22a884" />
        </svg>
        dinokit <span class="top-sub">playground</span>
      </h1>
      <div class="top-controls">
        <button type="button" class="field" aria-haspopup="dialog" onClick={() => (menu.value = true)}>
          <span class="field-label">Model</span>
          <span class="field-value">{name}</span>
          <Icon of={ChevronDown} size={16} />
          {opening && <span class="field-progress" style={{ transform: `scaleX(${opening.share ?? 0})` }} />}
        </button>
        <label class="field">
          <span class="field-label">Resolution</span>
          <select
            value={String(size.value)}
            onChange={(event) => {
              const { value } = event.currentTarget
              size.value = value === 'native' ? value : (Number(value) as SizeChoice)
            }}
          >
            {SIZE_CHOICES.map((choice) => (
              <option key={choice} value={String(choice)}>
                {choice === 'native' ? 'Native' : `${choice} px`}
              </option>
            ))}
          </select>
          <Icon of={ChevronDown} size={16} />
        </label>
        <button type="button" class="button-quiet" aria-label={label} title={label} onClick={() => (theme.value = next)}>
          <Icon of={icon} />
        </button>
      </div>
      {menu.value && <ModelMenu session={session} onClose={() => (menu.value = false)} />}
    </header>
  )
}
