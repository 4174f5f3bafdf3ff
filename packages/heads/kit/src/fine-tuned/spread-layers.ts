/**
 * The four layers that Meta's heads of several layers read: the last four for classification and segmentation, evenly
 * spread ones for depth (facebookresearch/dinov2, hub/depthers.py).
 *
 * @param depth - number of the backbone's layers
 * @returns counted from 1
 */
export function spreadLayers(depth: number): number[] {
  const published: Readonly<Record<number, readonly number[]>> = { 12: [3, 6, 9, 12], 24: [5, 12, 18, 24], 40: [10, 20, 30, 40] }
  return [...(published[depth] ?? [1, 2, 3, 4].map((quarter) => Math.round((quarter * depth) / 4)))]
}
