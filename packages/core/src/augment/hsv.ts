/** Tables of a turned hue of 0-255: the sector of the color circle, and how far into it. */
export interface HueTables {
  /** 0-5, by hue before the turn. */
  readonly sectors: Uint8Array
  /** 0-1. */
  readonly fractions: Float32Array
}

/** The tables of a turn by so many of 255 parts. */
export function hueTables(turn: number): HueTables {
  const sectors = new Uint8Array(256)
  const fractions = new Float32Array(256)
  for (let hue = 0; hue < 256; hue++) {
    const position = (((hue + turn) & 255) * 6) / 255
    sectors[hue] = Math.floor(position) % 6
    fractions[hue] = position - Math.floor(position)
  }
  return { sectors, fractions }
}

/**
 * RGB to Pillow's 8-bit HSV and back with the hue turned (rgb2hsv_row and hsv2rgb in its Convert.c, which follow Python's
 * colorsys): single precision where it has floats, double where it has doubles.
 */
export function shiftHue(source: Uint8Array, target: Uint8Array, { sectors, fractions }: HueTables): void {
  for (let i = 0; i < source.length; i += 3) {
    const red = source[i]!
    const green = source[i + 1]!
    const blue = source[i + 2]!
    const value = Math.max(red, green, blue)
    const range = value - Math.min(red, green, blue)
    const saturation = range === 0 ? 0 : ((Math.fround(range / value) * 255) | 0) / 255
    if (saturation === 0) {
      target[i] = target[i + 1] = target[i + 2] = value
      continue
    }
    const hue = hueOf(red, green, blue, value, range)
    const fraction = fractions[hue]!
    const strength = Math.fround(saturation)
    const low = (value * (1 - strength) + 0.5) | 0
    const falling = (value * (1 - Math.fround(strength * fraction)) + 0.5) | 0
    const rising = (value * (1 - strength * (1 - fraction)) + 0.5) | 0
    const sector = sectors[hue]!
    target[i] = sector === 0 || sector === 5 ? value : sector === 1 ? falling : sector === 4 ? rising : low
    target[i + 1] = sector === 1 || sector === 2 ? value : sector === 3 ? falling : sector === 0 ? rising : low
    target[i + 2] = sector === 3 || sector === 4 ? value : sector === 5 ? falling : sector === 2 ? rising : low
  }
}

/** 0-255. */
// eslint-disable-next-line max-params -- called for every pixel: an object each time would be garbage in the hot loop
function hueOf(red: number, green: number, blue: number, value: number, range: number): number {
  const toRed = Math.fround((value - red) / range)
  const toGreen = Math.fround((value - green) / range)
  const toBlue = Math.fround((value - blue) / range)
  const sixths = Math.fround(red === value ? toBlue - toGreen : green === value ? 2 + toRed - toBlue : 4 + toGreen - toRed)
  const turns = sixths / 6 + 1
  return (Math.fround(turns - Math.floor(turns)) * 255) | 0
}
