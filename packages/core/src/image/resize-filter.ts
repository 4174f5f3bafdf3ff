/** A resampling filter, as Pillow names and computes it. */
export type ResizeFilter = 'bilinear' | 'bicubic' | 'lanczos'
