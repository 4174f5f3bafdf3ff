import { busy, live, model, size, stage } from '../../state/store.ts'

const BUSY = { '': '', opening: 'Opening the model', decoding: 'Opening the image', looking: 'Looking' } as const

/** Status: what computes, how finely, and how long it took. */
export function Status() {
  const { open } = model.value
  const look = stage.value?.look
  const clipped =
    look && !live.value && size.value === 'native' && look.input.width * look.input.height < 0.9 * look.source.width * look.source.height
  return (
    <footer class="status">
      <span class="status-busy" aria-live="polite">
        {busy.value ? `${BUSY[busy.value]}…` : ''}
      </span>
      {look && (
        <span>
          {look.grid[0]} × {look.grid[1]} patches of {look.input.width} × {look.input.height} pixels
          {clipped ? `, the most that fits, of ${look.source.width} × ${look.source.height}` : ''}
        </span>
      )}
      {look && (
        <span class="status-time">
          {milliseconds(look.timing.preprocess + look.timing.run)}
          <span class="status-parts">
            {' '}
            · resizing {milliseconds(look.timing.preprocess)}, network {milliseconds(look.timing.run)}
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
