/** Nearest and farthest depth in meters. */
export type DepthRange = readonly [min: number, max: number]

/** The ranges that Meta's heads were trained on: indoors, and on the road. */
export const DEPTH_RANGES: Readonly<Record<'nyu' | 'kitti', DepthRange>> = Object.freeze({ nyu: [0.001, 10], kitti: [0.001, 80] })
