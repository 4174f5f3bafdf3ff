import type { Size } from 'dinokit/browser'
import type { Drawing, Raster } from '../layers/layer.ts'
import { thingCss } from '../layers/thing-colors.ts'
import { RAMPS } from '../components/legend.tsx'
import { chosenLayer } from './draw.ts'
import { saveFile } from './save-file.ts'
import { currentDrawing, model, opacity, smooth, stage } from './store.ts'

/** Height of the line below the image, in pixels. */
const FOOT = 64

/** Draws what the stage shows, with a line that explains its colors, as a PNG file; undefined where nothing is shown. */
async function viewAsPng(): Promise<Blob | undefined> {
  const { preview } = stage.value ?? {}
  if (!preview) return undefined
  const [width, height] = [Math.max(preview.width, 480), Math.round((preview.height * Math.max(preview.width, 480)) / preview.width)]
  const canvas = new OffscreenCanvas(width, height + FOOT)
  const context = canvas.getContext('2d')!
  context.drawImage(preview, 0, 0, width, height)
  const drawn = currentDrawing.value
  if (drawn) {
    context.globalAlpha = opacity.value
    context.imageSmoothingEnabled = smooth.value
    context.drawImage(canvasOf(drawn.raster), 0, 0, width, height)
    context.globalAlpha = 1
    drawPoints(context, drawn.points ?? [], { width, height })
  }
  drawFoot(context, { width, top: height })
  return canvas.convertToBlob()
}

/** Saves the view as a file of the browser's. */
export async function saveView(): Promise<void> {
  const file = await viewAsPng()
  if (!file) return
  saveFile(file, `${(stage.value?.name ?? 'view').replace(/\.[^.]*$/, '')}-${chosenLayer().id}.png`)
}

function drawPoints(context: OffscreenCanvasRenderingContext2D, points: NonNullable<Drawing['points']>, { width, height }: Size): void {
  points.forEach((point, index) => {
    if (!point) return
    const [x, y] = [point.x * width, point.y * height]
    for (const [color, lineWidth] of [
      ['#000', 5],
      [thingCss(index), 3],
    ] as const) {
      context.strokeStyle = color
      context.lineWidth = lineWidth
      context.beginPath()
      context.arc(x, y, 8, 0, 2 * Math.PI)
      context.stroke()
    }
    context.font = '600 15px system-ui, sans-serif'
    context.lineWidth = 3
    context.strokeStyle = '#000'
    context.strokeText(String(index + 1), x + 13, y + 5)
    context.fillStyle = thingCss(index)
    context.fillText(String(index + 1), x + 13, y + 5)
  })
}

function drawFoot(context: OffscreenCanvasRenderingContext2D, { width, top }: { readonly width: number; readonly top: number }): void {
  const layer = chosenLayer()
  const drawn = currentDrawing.value
  const legend = drawn && layer.legend?.(drawn)
  context.fillStyle = '#fff'
  context.fillRect(0, top, width, FOOT)
  context.fillStyle = '#1c1a17'
  context.font = '600 15px system-ui, sans-serif'
  const left = Math.round(width / 2)
  context.fillText(drawn ? (layer.caption?.(drawn) ?? layer.title) : (stage.value?.name ?? ''), 16, top + 27, left - 32)
  context.font = '13px system-ui, sans-serif'
  context.fillText(`${model.value.open?.id ?? ''}, by dinokit`, 16, top + 48)
  if (!legend) return
  context.fillText(legend.label, left, top + 18, width - left - 16)
  context.imageSmoothingEnabled = true
  context.drawImage(canvasOf(RAMPS[legend.map]), left, top + 25, width - left - 16, 12)
  context.fillText(legend.low, left, top + 54)
  context.textAlign = 'right'
  context.fillText(legend.high, width - 16, top + 54)
}

function canvasOf({ data, width, height }: Raster): OffscreenCanvas {
  const canvas = new OffscreenCanvas(width, height)
  canvas.getContext('2d')!.putImageData(new ImageData(data, width, height), 0, 0)
  return canvas
}
