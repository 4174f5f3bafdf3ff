import { discoverObjects, outlierPatches, patchFacet, sharpenMap, type DiscoveredObject } from '@dinokit/analysis'
import { tensor, type OutputRequest, type Pixels, type Placement, type Region, type Size, type Tensor, type Tokens } from '@dinokit/core'
import { gridAxes, mixRows } from '@dinokit/head-kit'
import { smallImage, type SmallImage } from '../../draw/analysis/small-image.ts'

/** Longest side at which masks follow the image's edges; larger images' masks are enlarged from it. */
export const SHARP_SIDE = 800

/** An object in the image that was given. */
export interface SourceObject {
  /** [height][width], 1 for its pixels. */
  readonly mask: Tensor<'bool'>
  /** Rectangle around it, in pixels. */
  readonly box: Region
  /** Number of its pixels. */
  readonly area: number
  readonly score: number
}

/** Choice of how objects are found. */
export interface ObjectChoice {
  readonly method: 'token-cut' | 'lost'
  readonly most: number
}

/** Finds the objects of an image from the keys and the raw tokens of a layer, in the image's own pixels. */
export async function findObjects(tokens: Tokens, layer: number, image: Pixels, choice: ObjectChoice): Promise<SourceObject[]> {
  const objects = objectsOf(tokens, layer, choice)
  const found = await Promise.all(objects.map((object) => inSource(object, image, tokens.placement)))
  return found.filter(({ area }) => area > 0)
}

/**
 * Finds what an image is of, in patches: its first object, or all of it where none stands apart.
 *
 * @returns [rows][columns]
 */
export function foregroundOf(tokens: Tokens, layer: number): Tensor<'bool'> {
  const [object] = objectsOf(tokens, layer)
  const grid = tokens.patches.shape.slice(0, 2)
  return object?.mask ?? tensor('bool', new Uint8Array(grid[0]! * grid[1]!).fill(1), grid)
}

/** Outputs of a layer that objects are found from. */
export function outputsForObjects(layer: number): OutputRequest {
  return { facets: [layer], rawLayers: [layer] }
}

function objectsOf(tokens: Tokens, layer: number, choice?: ObjectChoice): DiscoveredObject[] {
  return discoverObjects(patchFacet(tokens, layer), { ...choice, ignored: outlierPatches(tokens.rawLayers[layer]!.patches) })
}

async function inSource({ mask, score }: DiscoveredObject, image: Pixels, placement: Placement): Promise<SourceObject> {
  const pixels = await sharpMask(mask, image, placement)
  return { mask: pixels, score, ...extentOf(pixels) }
}

/**
 * Brings a mask of patches to an image's pixels, along the image's edges.
 *
 * @param mask - [rows][columns]: 1 for patches of it, or what share of each is
 * @returns [height][width], 1 where more than half is of it
 */
export async function sharpMask(mask: Tensor<'bool'> | Tensor, image: Pixels, placement: Placement): Promise<Tensor<'bool'>> {
  const small = await smallImage(image, placement, Math.min(SHARP_SIDE, Math.max(image.width, image.height)))
  return enlargeMask(softMask(mask, small), image)
}

/** Brings a mask of patches to a small image's pixels, along the image's edges: 0 to 1, and 0 where the model saw nothing. */
export function softMask(mask: Tensor<'bool'> | Tensor, { pixels, placement }: SmallImage): Tensor {
  const soft = sharpenMap(tensor('float32', Float32Array.from(mask.data), mask.shape), pixels, placement)
  return { ...soft, data: soft.data.map((value) => (Number.isNaN(value) ? 0 : value)) }
}

/**
 * Enlarges a mask, bilinear, a row at a time: in the pixels of a large image it takes a byte each and no more.
 *
 * @param soft - 0 to 1
 * @param size - of the image
 * @returns [height][width]
 */
export function enlargeMask(soft: Tensor, { width, height }: Size): Tensor<'bool'> {
  const [rows, columns] = soft.shape as [number, number]
  const size = { width, height }
  const { x, y } = gridAxes({ source: size, resized: size, input: size, left: 0, top: 0 }, [rows, columns])
  const data = new Uint8Array(width * height)
  const line = new Float32Array(columns)
  for (let row = 0, to = 0; row < height; row++) {
    mixRows(soft.data, y.lower[row]! * columns, y.upper[row]! * columns, y.fraction[row]!, line)
    for (let column = 0; column < width; column++, to++) {
      const from = line[x.lower[column]!]!
      data[to] = Number(from + (line[x.upper[column]!]! - from) * x.fraction[column]! > 0.5)
    }
  }
  return tensor('bool', data, [height, width])
}

/** Finds the rectangle around a mask, and the number of its pixels. */
export function extentOf({ data, shape: [height = 0, width = 0] }: Tensor<'bool'>): Pick<SourceObject, 'box' | 'area'> {
  let [left, top, right, bottom, area] = [width, height, -1, -1, 0]
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      if (!data[i]) continue
      area++
      if (x < left) left = x
      if (x > right) right = x
      if (y < top) top = y
      bottom = y
    }
  }
  return { area, box: { left, top, width: right - left + 1, height: bottom - top + 1 } }
}

/** Numbers objects in one map: 0 where there is none, 1 for the first. */
export function labelObjects(objects: readonly Pick<SourceObject, 'mask' | 'box'>[], { width, height }: Size): Tensor<'uint8'> {
  const data = new Uint8Array(width * height)
  objects.forEach(({ mask, box }, index) => {
    for (let y = box.top; y < box.top + box.height; y++) {
      for (let x = box.left, pixel = y * width + x; x < box.left + box.width; x++, pixel++)
        if (mask.data[pixel] && !data[pixel]) data[pixel] = index + 1
    }
  })
  return tensor('uint8', data, [height, width])
}
