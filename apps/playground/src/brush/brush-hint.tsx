import { brushed, clearBrush } from './brush.ts'

/** Explanation of the brush, and the button that takes all of it back. */
export function BrushHint() {
  return (
    <>
      <p class="hint">
        Draw over the image. Drawing that begins on brushed patches takes them back. With keys: arrows move, Enter brushes a patch or takes
        it back.
      </p>
      <button type="button" class="button" disabled={brushed.value.length === 0} onClick={clearBrush}>
        Clear the brush
      </button>
    </>
  )
}
