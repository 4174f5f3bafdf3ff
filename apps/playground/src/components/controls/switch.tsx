import type { Signal } from '@preact/signals'

interface Props {
  readonly label: string
  readonly hint?: string
  readonly value: Signal<boolean>
}

/** On or off. */
export function Switch({ label, hint, value }: Props) {
  return (
    <label class="switch">
      <span class="switch-text">
        <span>{label}</span>
        {hint && <span class="hint">{hint}</span>}
      </span>
      <input type="checkbox" role="switch" checked={value.value} onChange={(event) => (value.value = event.currentTarget.checked)} />
    </label>
  )
}
