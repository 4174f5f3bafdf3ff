import type { InputSize, Region, Size } from '@dinokit/core'
import { InvalidArgumentError } from 'commander'

/** `224`, `448x336`, `native`, `pad` or `source`. */
export function parseSize(text: string): InputSize {
  if (text === 'native' || text === 'pad' || text === 'source') return text
  if (/^\d+$/.test(text)) return parseCount(text)
  return parseBox(text, 'Give a number such as 224, WIDTHxHEIGHT such as 448x336, native, pad or source.')
}

/** `448x336`. */
export function parseBox(text: string, message = 'Give WIDTHxHEIGHT, such as 448x336.'): Size {
  const match = /^(\d+)x(\d+)$/i.exec(text)
  if (!match) throw new InvalidArgumentError(message)
  return { width: parseCount(match[1]!), height: parseCount(match[2]!) }
}

/** `3,6,9,12`. */
export function parseLayers(text: string): number[] {
  return text.split(',').map((part) => {
    if (!/^\s*\d+\s*$/.test(part)) throw new InvalidArgumentError('Give layers by number, counted from 1, such as 3,6,9,12.')
    return parseCount(part.trim())
  })
}

/** `11.2,12.3`: attention heads, each as its layer and its place in it. */
export function parseHeads(text: string): (readonly [layer: number, head: number])[] {
  return text.split(',').map((part) => {
    const match = /^\s*(\d+)\.(\d+)\s*$/.exec(part)
    if (!match) throw new InvalidArgumentError('Give attention heads as LAYER.HEAD, counted from 1, such as 11.2,12.3.')
    return [parseCount(match[1]!), parseCount(match[2]!)] as const
  })
}

/** `16`, or `12x20`: rows and columns. */
export function parseGrid(text: string): readonly [rows: number, columns: number] {
  const match = /^(\d+)(?:x(\d+))?$/i.exec(text)
  if (!match) throw new InvalidArgumentError('Give a number such as 16, or ROWSxCOLUMNS such as 12x20.')
  return [parseCount(match[1]!), parseCount(match[2] ?? match[1]!)]
}

/** `.5,.5,.5`: of red, green and blue. */
export function parseTriple(text: string): readonly [number, number, number] {
  const values = text.split(',').map((part) => (part.trim() === '' ? NaN : Number(part)))
  if (values.length === 3 && values.every(Number.isFinite)) return values as unknown as readonly [number, number, number]
  throw new InvalidArgumentError('Give three numbers, such as .485,.456,.406.')
}

/** A whole number of at least 1. */
export function parseCount(text: string): number {
  const value = Number(text)
  if (/^\d+$/.test(text) && Number.isSafeInteger(value) && value >= 1) return value
  throw new InvalidArgumentError('Give a whole number of at least 1.')
}

/** A whole number of 0 or more. */
export function parseWhole(text: string): number {
  return text === '0' ? 0 : parseCount(text)
}

/** A whole number of at least 2. */
export function parseFolds(text: string): number {
  const value = Number(text)
  if (/^\d+$/.test(text) && Number.isSafeInteger(value) && value >= 2) return value
  throw new InvalidArgumentError('Give a whole number of at least 2.')
}

/** A number above 0. */
export function parseNumber(text: string): number {
  const value = Number(text)
  if (text.trim() !== '' && Number.isFinite(value) && value > 0) return value
  throw new InvalidArgumentError('Give a number above 0.')
}

/** A number above 0 and below 1. */
export function parseShare(text: string): number {
  const value = Number(text)
  if (text.trim() !== '' && value > 0 && value < 1) return value
  throw new InvalidArgumentError('Give a number above 0 and below 1.')
}

/** A number of 0 or more. */
export function parsePositive(text: string): number {
  const value = Number(text)
  if (text.trim() !== '' && Number.isFinite(value) && value >= 0) return value
  throw new InvalidArgumentError('Give a number of 0 or more.')
}

/** A number from 0 to 1. */
export function parseUnit(text: string): number {
  const value = Number(text)
  if (text.trim() !== '' && value >= 0 && value <= 1) return value
  throw new InvalidArgumentError('Give a number from 0 to 1.')
}

/** A number of pixels, or `exif`. */
export function parseFocal(text: string): number | 'exif' {
  if (text === 'exif') return text
  const value = Number(text)
  if (value > 0 && Number.isFinite(value)) return value
  throw new InvalidArgumentError('Give a number of pixels above 0, or exif.')
}

/** `120,80`: a place in an image. */
export function parsePoint(text: string): { readonly x: number; readonly y: number } {
  const match = /^(\d+),(\d+)$/.exec(text)
  if (!match) throw new InvalidArgumentError('Give X,Y in pixels from the top left, such as 120,80.')
  return { x: Number(match[1]), y: Number(match[2]) }
}

/** `10,20,100,80`: left, top, width and height of a rectangle of an image. */
export function parseRegion(text: string): Region {
  const values = text.split(',').map((part) => (/^\d+$/.test(part) ? Number(part) : NaN))
  const [left, top, width, height] = values as [number, number, number, number]
  if (values.length === 4 && values.every(Number.isSafeInteger) && width > 0 && height > 0) return { left, top, width, height }
  throw new InvalidArgumentError('Give LEFT,TOP,WIDTH,HEIGHT in pixels, such as 10,20,100,80.')
}
