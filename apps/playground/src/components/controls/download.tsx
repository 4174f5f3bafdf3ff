import type { Share } from '../../state/store.ts'

interface Props extends Share {
  readonly name: string
  readonly onCancel: () => void
}

/** Something that is on its way. */
export function Download({ name, share, done, total, onCancel }: Props) {
  const text =
    done === undefined
      ? 'Preparing'
      : share === 1
        ? 'Checking and preparing'
        : `${megabytes(done)}${total === undefined ? '' : ` of ${megabytes(total)}`}`
  return (
    <div class="opening">
      <span>{name}</span>
      <progress aria-label={`Download of ${name}`} {...(share !== undefined && { value: share })} max={1} />
      <span class="hint">{text}</span>
      <button type="button" class="button" onClick={onCancel}>
        Cancel
      </button>
    </div>
  )
}

/** A number of bytes as a person reads it. */
export function megabytes(bytes: number): string {
  return bytes >= 1e9 ? `${(bytes / 1e9).toFixed(1)} GB` : `${Math.round(bytes / 1e6)} MB`
}
