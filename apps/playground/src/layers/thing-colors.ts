/** Okabe and Ito's colors, which people who see colors otherwise tell apart too. */
export const THING_COLORS = [
  [230, 159, 0],
  [86, 180, 233],
  [0, 158, 115],
  [204, 121, 167],
  [240, 228, 66],
] as const

/** Color of a thing among several, as red, green and blue. */
export function thingColor(index: number): readonly [red: number, green: number, blue: number] {
  return THING_COLORS[index % THING_COLORS.length]!
}

/** The same as CSS. */
export function thingCss(index: number): string {
  return `rgb(${thingColor(index).join(' ')})`
}
