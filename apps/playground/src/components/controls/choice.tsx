import type { Signal } from '@preact/signals'
import { useId } from 'preact/hooks'

interface Props<T extends string> {
  readonly label: string
  readonly value: Signal<T>
  readonly choices: readonly { readonly value: T; readonly label: string }[]
  /** Called in place of setting the signal. */
  readonly onChange?: (value: T) => void
  /** Whether the label is only for those who hear the page. */
  readonly quiet?: boolean
}

/** One of a few, side by side: radio buttons, so that arrow keys work. */
export function Choice<T extends string>({ label, value, choices, onChange, quiet = false }: Props<T>) {
  const name = useId()
  return (
    <fieldset class="choice">
      <legend class={quiet ? 'visually-hidden' : ''}>{label}</legend>
      <div class="choice-row">
        {choices.map((choice) => (
          <label key={choice.value} class="choice-item">
            <input
              type="radio"
              class="visually-hidden"
              name={name}
              value={choice.value}
              checked={value.value === choice.value}
              onChange={() => (onChange ? onChange(choice.value) : (value.value = choice.value))}
            />
            <span>{choice.label}</span>
          </label>
        ))}
      </div>
    </fieldset>
  )
}
