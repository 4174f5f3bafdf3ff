/** Pillow's gray of a color (rgb2l in its Convert.c): ITU-R 601-2 luma in 16-bit fixed point. */
export function luma(red: number, green: number, blue: number): number {
  return (red * 19595 + green * 38470 + blue * 7471 + 0x8000) >> 16
}
