import { busy, live, model, size, stage } from '../../state/store.ts'

const BUSY = { '': '', opening: 'Opening the model', decoding: 'Opening the image', looking: 'Looking' } as const

/** Status: what computes, how finely, and how long it took. */
export function Status() {
  const { open } = model.value
  const embedded = stage.value?.embedded
  const clipped =
    embedded &&
    !live.value &&
    size.value === 'native' &&
    embedded.input.width * embedded.input.height < 0.9 * embedded.source.width * embedded.source.height
  return (
    <footer class="status">
      <span class="status-busy" aria-live="polite">
        {busy.value ? `${BUSY[busy.value]}…` : ''}
      </span>
      {embedded && (
        <span>
          {embedded.grid[0]} × {embedded.grid[1]} patches of {embedded.input.width} × {embedded.input.height} pixels
          {clipped ? `, the most that fits, of ${embedded.source.width} × ${embedded.source.height}` : ''}
        </span>
      )}
      {embedded && (
        <span class="status-time">
          {milliseconds(embedded.timing.preprocess + embedded.timing.run)}
          <span class="status-parts">
            {' '}
            · resizing {milliseconds(embedded.timing.preprocess)}, network {milliseconds(embedded.timing.run)}
          </span>
        </span>
      )}
      {open && (
        <span class="status-engine" title={open.engine.fallback}>
          {open.engine.device === 'webgpu' ? 'WebGPU' : `WebAssembly${open.engine.threads ? `, ${threads(open.engine.threads)}` : ''}`}
        </span>
      )}
    </footer>
  )
}

function threads(count: number): string {
  return count === 1 ? 'one thread' : `${count} threads`
}

function milliseconds(time: number): string {
  return time < 1000 ? `${Math.max(1, Math.round(time))} ms` : `${(time / 1000).toFixed(1)} s`
}
