interface Props {
  readonly label: string
  readonly value: number
  readonly min: number
  readonly max: number
  readonly step?: number
  /** The value as it is read. */
  readonly shown: string
  readonly onInput: (value: number) => void
}

/** A value of a range. */
export function Slider({ label, value, min, max, step = 1, shown, onInput }: Props) {
  const share = max > min ? (value - min) / (max - min) : 1
  return (
    <label class="slider">
      <span class="slider-text">
        <span>{label}</span>
        <span class="slider-value">{shown}</span>
      </span>
      <input
        type="range"
        min={min}
        max={max}
        step={step}
        value={value}
        aria-valuetext={shown}
        style={{ '--share': `${share * 100}%` }}
        onInput={(event) => onInput(event.currentTarget.valueAsNumber)}
      />
    </label>
  )
}
