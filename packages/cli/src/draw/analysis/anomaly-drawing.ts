import { overlay, resizeToSource } from '@dinokit/analysis'
import { tensor, type Pixels, type Placement, type Tensor } from '@dinokit/core'
import { panelSheet, type Panel } from './panels.ts'
import { smallImage, type SmallImage } from './small-image.ts'

/** Longest side of an image with its heat map, in pixels. */
const SIDE = 480
/** The same on a sheet of many images. */
const SHEET_SIDE = 240
const COLUMNS = 5
/** Most images on a sheet. */
const MOST = 60

/** Score of a drawn image. */
export interface DrawnScore {
  readonly title: string
  readonly score: number
  readonly threshold: number | undefined
  readonly over: boolean | undefined
}

/** An image with its heat map, for a sheet of many. */
export interface AnomalyPanel extends Panel {
  readonly score: number
}

/**
 * An image beside its heat map.
 *
 * @param scored - name and score
 * @param map - over the model's input
 * @param seen - the image, and the input's place in it
 * @param side - longest side of each, in pixels
 * @returns a PNG file
 */
export async function anomalyDrawing(
  scored: DrawnScore,
  map: Tensor,
  { image, placement }: { readonly image: Pixels; readonly placement: Placement },
  side: number = SIDE,
): Promise<Buffer> {
  const small = await smallImage(image, placement, side)
  const title = scored.over === undefined ? 'heat map' : scored.over ? 'anomalous' : 'like good ones'
  return panelSheet(
    [
      { title: scored.title, pixels: small.pixels },
      { ...heatPanel(scored, map, small), title },
    ],
    2,
  )
}

/** Draws the heat map of an image for a sheet of many. */
export async function anomalyPanel(scored: DrawnScore, map: Tensor, image: Pixels, placement: Placement): Promise<AnomalyPanel> {
  return { ...heatPanel(scored, map, await smallImage(image, placement, SHEET_SIDE)), score: scored.score }
}

/**
 * Draws the images of the highest scores, with their heat maps.
 *
 * @returns a PNG file
 */
export function anomalySheet(panels: readonly AnomalyPanel[]): Promise<Buffer> {
  return panelSheet(panels.toSorted((a, b) => b.score - a.score).slice(0, MOST), COLUMNS)
}

function heatPanel({ title, score, threshold, over }: DrawnScore, map: Tensor, { pixels, placement }: SmallImage): Panel {
  const { data, shape } = resizeToSource(map, placement)
  // One scale for all the images of a bank, so that they can be compared.
  const range = threshold !== undefined && threshold > 0 ? ([0, 2 * threshold] as const) : { clip: 0.02 }
  return {
    title,
    note: `${score.toFixed(3)}${over ? ' !' : ''}`,
    pixels: overlay(pixels, tensor('float32', data, shape), { palette: 'magma', opacity: 0.7, range }),
  }
}
