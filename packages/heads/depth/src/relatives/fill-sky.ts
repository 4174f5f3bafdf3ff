/** From here on a pixel is sky. */
const SKY = 0.3
/** Fewer pixels of the sky, or of all else, are not taken for it. */
const FEWEST = 10
/** Share of what is no sky that lies nearer than the sky is put. */
const FARTHEST = 0.99

/**
 * Puts the sky behind all else, in place: at the depth than which 99 % of the rest are nearer (ByteDance-Seed/Depth-Anything-3,
 * model/da3.py). There, images of more than 100,000 pixels without sky are sampled at random for it; here all count.
 *
 * @param depth - [height][width]
 * @param sky - of the same shape
 */
export function fillSky(depth: Float32Array, sky: Float32Array): void {
  const rest = depth.filter((_, i) => sky[i]! < SKY).sort()
  if (rest.length <= FEWEST || depth.length - rest.length <= FEWEST) return
  const at = FARTHEST * (rest.length - 1)
  const below = Math.floor(at)
  const farthest = rest[below]! + (rest[Math.min(below + 1, rest.length - 1)]! - rest[below]!) * (at - below)
  for (let i = 0; i < depth.length; i++) if (!(sky[i]! < SKY)) depth[i] = farthest
}
