import { useRef } from 'preact/hooks'
import { chosenLayer } from '../state/draw.ts'
import { brush, brushRaster, isBrushed } from '../brush/brush.ts'
import { addPoint } from '../brush/points.ts'
import type { DrawnPoint, Values } from '../layers/layer.ts'
import { thingCss } from '../layers/thing-colors.ts'
import {
  cellOf,
  currentDrawing,
  layerId,
  opacity,
  patch,
  place,
  pointed,
  smooth,
  stage,
  type Patch,
  type Place,
  type StageState,
} from '../state/store.ts'
import { BitmapCanvas } from './bitmap-canvas.tsx'
import { RasterCanvas } from './raster-canvas.tsx'

const MOVES: Readonly<Record<string, readonly [rows: number, columns: number]>> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
}

type Pointed = Patch & Place

/** The image with the layer over it; patches are chosen here, by hand or by keys. */
export function Stage() {
  const shown = stage.value
  if (!shown) return null
  if (!shown.preview) return <div class="stage-wait" aria-label={`${shown.name} is being opened`} role="img" />
  return <Image shown={shown} preview={shown.preview} />
}

function Image({ shown, preview }: { readonly shown: StageState; readonly preview: ImageBitmap }) {
  const frame = useRef<HTMLDivElement>(null)
  /** Whether the stroke that is being drawn brushes patches or takes them back. */
  const adds = useRef(true)
  const brushes = chosenLayer().brushes?.() ?? false
  const marksPoints = chosenLayer().marksPoints?.() ?? false
  const [rows, columns] = shown.embedded?.grid ?? [0, 0]
  const { width, height } = shown.source ?? preview
  const drawn = currentDrawing.value

  const at = ({ clientX, clientY }: PointerEvent): Pointed | undefined => {
    const box = frame.current?.getBoundingClientRect()
    if (!box || rows === 0) return undefined
    const [x, y] = [(clientX - box.left) / box.width, (clientY - box.top) / box.height]
    return { row: cellOf(y, rows), column: cellOf(x, columns), x, y }
  }
  const choose = (chosen: Pointed | undefined): void => {
    if (!chosen) return
    if (brushes) {
      brush(chosen, !isBrushed(chosen), 0)
      return
    }
    if (marksPoints) {
      addPoint(chosen)
      return
    }
    const { x, y } = centerOf(chosen, rows, columns)
    place.value = { x, y }
    if (layerId.value === 'features') layerId.value = 'similarity'
  }
  const move = (event: KeyboardEvent): void => {
    const step = MOVES[event.key]
    if (step && rows > 0) {
      const from = pointed.value ?? patch.value ?? { row: Math.floor(rows / 2), column: Math.floor(columns / 2) }
      const row = Math.min(rows - 1, Math.max(0, from.row + step[0]))
      const column = Math.min(columns - 1, Math.max(0, from.column + step[1]))
      pointed.value = centerOf({ row, column }, rows, columns)
    } else if (event.key === 'Enter' || event.key === ' ') choose(pointed.value ?? (patch.value && centerOf(patch.value, rows, columns)))
    else if (event.key === 'Escape') place.value = undefined
    else return
    event.preventDefault()
  }

  return (
    <div
      ref={frame}
      class={`stage ${brushes ? 'is-brushed' : ''}`}
      style={{ '--ratio': width / height }}
      role="application"
      aria-roledescription="patch picker"
      aria-label={`${shown.name}. Arrow keys move among the patches, Enter ${brushes ? 'brushes one' : marksPoints ? 'marks a point' : 'chooses one'}.`}
      tabIndex={0}
      onKeyDown={move}
      onPointerDown={(event) => {
        if (event.button !== 0) return
        event.currentTarget.setPointerCapture(event.pointerId)
        const start = at(event)
        if (brushes && start) {
          adds.current = !isBrushed(start)
          brush(start, adds.current, 1)
        } else choose(start)
      }}
      onPointerMove={(event) => {
        pointed.value = at(event)
        if (event.buttons !== 1 || !pointed.value) return
        if (brushes) brush(pointed.value, adds.current, 1)
        else if (place.value && !marksPoints) choose(pointed.value)
      }}
      onPointerLeave={() => (pointed.value = undefined)}
      onBlur={() => (pointed.value = undefined)}
    >
      <BitmapCanvas bitmap={preview} class="stage-image" />
      <RasterCanvas
        raster={drawn?.raster}
        class={`stage-layer ${smooth.value ? 'is-smooth' : ''}`}
        style={{ opacity: drawn ? opacity.value : 0 }}
      />
      {brushes && !(shown.live && drawn) && <RasterCanvas raster={brushRaster.value} class="stage-brush" />}
      {drawn?.points?.map((point, index) => point && <Point key={index} at={point} index={index} />)}
      {patch.value && !brushes && !marksPoints && rows > 0 && <Mark at={patch.value} rows={rows} columns={columns} class="is-chosen" />}
      {pointed.value && rows > 0 && <Mark at={pointed.value} rows={rows} columns={columns} class="is-pointed" />}
      <Readout at={pointed.value ?? (patch.value && centerOf(patch.value, rows, columns))} columns={columns} />
    </div>
  )
}

/** Frame around a patch. */
export function Mark({
  at,
  rows,
  columns,
  class: name,
}: {
  readonly at: Patch
  readonly rows: number
  readonly columns: number
  readonly class: string
}) {
  const percent = (value: number, count: number): string => `${(100 * value) / count}%`
  const style = { left: percent(at.column, columns), top: percent(at.row, rows), width: percent(1, columns), height: percent(1, rows) }
  return <span class={`mark ${name}`} style={style} aria-hidden="true" />
}

/** Numbered ring at a point. */
function Point({ at: { x, y }, index }: { readonly at: DrawnPoint; readonly index: number }) {
  return (
    <span class="point" style={{ left: `${100 * x}%`, top: `${100 * y}%`, '--color': thingCss(index) }} aria-hidden="true">
      {index + 1}
    </span>
  )
}

/** Where the pointer is, and what the layer says there. */
function Readout({ at, columns }: { readonly at: Pointed | undefined; readonly columns: number }) {
  const values = currentDrawing.value?.values
  const said = at && values && valueAt(values, at, columns)
  return (
    <span class="readout" aria-live="polite" data-layer={chosenLayer().id}>
      {at && columns > 0 ? `Row ${at.row + 1}, column ${at.column + 1}${said ? `, ${said}` : ''}` : ''}
    </span>
  )
}

function valueAt({ data, size, label, unit, names, none = '' }: Values, { row, column, x, y }: Pointed, columns: number): string {
  const value = data[size ? cellOf(y, size.height) * size.width + cellOf(x, size.width) : row * columns + column]
  if (value === undefined) return ''
  if (Number.isNaN(value)) return none
  if (names) return names[value] ?? ''
  return `${label} ${value.toPrecision(2)}${unit ? ` ${unit}` : ''}`
}

function centerOf({ row, column }: Patch, rows: number, columns: number): Pointed {
  return { row, column, x: (column + 0.5) / columns, y: (row + 0.5) / rows }
}
