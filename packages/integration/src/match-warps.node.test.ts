import { createFollower, followedPoint, patchShares, pointShares, resizeToSource, sharesOf, stackShares } from '@dinokit/analysis'
import { tensor, type Tensor } from '@dinokit/core'
import { open } from 'dinokit'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { matchWarp, readSquare, warpedPoint, warpPixels, WARPS } from './testing/warp.ts'

const SIDE = 336
const LAYER = 4

test('matches an image with itself shifted and turned: 9 of 10 lie within one patch of the right place', async () => {
  await using vision = await open({ layers: [LAYER] })
  const image = await readSquare(fileURLToPath(new URL('../../model-tiny/assets/astronaut.jpg', import.meta.url)), 640)
  const see = async (warp: object): ReturnType<typeof vision.embed> =>
    vision.embed(warpPixels(image, warp, SIDE), { size: { width: SIDE, height: SIDE } })
  const { patches } = (await see({})).layers[LAYER]!
  for (const warp of [WARPS[0]!, WARPS[2]!]) {
    const warped = (await see(warp)).layers[LAYER]!.patches
    const { found, right } = matchWarp(patches, warped, { warp, side: SIDE })
    expect(found).toBeGreaterThan(100)
    expect(right / found, JSON.stringify(warp)).toBeGreaterThan(0.9)
    const all = matchWarp(patches, warped, { warp, side: SIDE }, { agreeing: 0 })
    expect(all.right / all.found, 'without asking those around').toBeLessThan(right / found)
  }
})

test('follows a mask and a point through four frames of a drawn warp: IoU above 0.85, and within one patch', async () => {
  const side = 224
  await using vision = await open({ layers: [LAYER] })
  const image = await readSquare(fileURLToPath(new URL('../../model-tiny/assets/chelsea.jpg', import.meta.url)), 350)
  const disk = new Uint8Array(350 * 350)
  for (let i = 0; i < disk.length; i++) disk[i] = Number(Math.hypot((i % 350) - 190, Math.floor(i / 350) - 160) < 60)
  const masked = { data: disk, width: 350, height: 350, channels: 1 }
  const maskAt = (warp: object): Tensor<'bool'> => tensor('bool', warpPixels(masked, warp, side).data, [side, side])
  const start = await vision.embed(warpPixels(image, {}, side))
  const { placement } = start
  const grid = [16, 16] as const
  const point = { x: 75, y: 60 }
  const shares = stackShares([patchShares(maskAt({}), placement, grid), pointShares(point, placement, grid)])
  const follower = createFollower({ patches: start.layers[LAYER]!.patches, shares })
  for (const frame of [1, 2, 3, 4]) {
    const warp = { degrees: 3 * frame, scale: 1 + 0.03 * frame, shift: [5 * frame, -3 * frame] as const }
    const found = follower.next((await vision.embed(warpPixels(image, warp, side))).layers[LAYER]!.patches)
    const expected = maskAt(warp).data
    const mask = resizeToSource(sharesOf(found, 0), placement).data.map((share) => Number(share > 0.5))
    const both = mask.filter((value, pixel) => value && expected[pixel]).length
    const either = mask.filter((value, pixel) => value || expected[pixel]).length
    expect(both / either, `frame ${frame}`).toBeGreaterThan(0.85)
    const place = followedPoint(sharesOf(found, 1), placement)!
    const right = warpedPoint(point, warp, side)
    expect(Math.hypot(place.x - right.x, place.y - right.y), `frame ${frame}`).toBeLessThan(14)
  }
})
