import type { Tensor } from '@dinokit/core'
import { hasShared, listShared, sharedPath } from '@dinokit/testing'
import { open } from 'dinokit'
import { describe, expect, test } from 'vitest'
import { matchWarp, readSquare, warpPixels, WARPS } from './testing/warp.ts'

const SIDE = 448
const LAYERS = [4, 12] as const

/** Twelve images: four photos, and eight of COCO. */
function images(): string[] {
  const photos = ['astronaut', 'chelsea', 'coffee', 'rocket'].map((name) => `data/samples/${name}.jpg`)
  const coco = listShared('data/seg/coco/images').filter((_, index) => index % 7 === 0)
  return [...photos, ...coco.slice(0, 8).map((name) => `data/seg/coco/images/${name}`)].map(sharedPath)
}

describe.runIf(hasShared)('known warps of real images', () => {
  test('at least 9 of 10 matches lie within one patch of the right place, for each warp', async () => {
    await using vision = await open({ layers: LAYERS })
    const sums = new Map(WARPS.flatMap((warp) => LAYERS.map((layer) => [`${JSON.stringify(warp)} layer ${layer}`, [0, 0, 0, 0]])))
    for (const path of images()) {
      const image = await readSquare(path, 700)
      const see = async (warp: object): Promise<readonly Tensor[]> => {
        const { layers } = await vision.embed(warpPixels(image, warp, SIDE), { size: { width: SIDE, height: SIDE } })
        return LAYERS.map((layer) => layers[layer]!.patches)
      }
      const given = await see({})
      for (const warp of WARPS) {
        const warped = await see(warp)
        LAYERS.forEach((layer, i) => {
          const kept = matchWarp(given[i]!, warped[i]!, { warp, side: SIDE })
          const all = matchWarp(given[i]!, warped[i]!, { warp, side: SIDE }, { agreeing: 0 })
          const sum = sums.get(`${JSON.stringify(warp)} layer ${layer}`)!
          ;[kept.right, kept.found, all.right, all.found].forEach((value, at) => (sum[at]! += value))
        })
      }
    }
    for (const [name, [right, found, allRight, allFound]] of sums) {
      const [share, before] = [right! / found!, allRight! / allFound!]
      const said = `${name}: ${(100 * share).toFixed(1)} % of ${found} are right; of all ${allFound} mutual ones ${(100 * before).toFixed(1)} %`
      expect(share, said).toBeGreaterThanOrEqual(0.9)
    }
  }, 600_000)
})
