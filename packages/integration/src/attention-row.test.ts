import { attentionRow } from '@dinokit/analysis'
import { largestDifference } from '@dinokit/testing'
import { open } from 'dinokit'
import { expect, test } from 'vitest'

test('gives from facets a row of attention that is that of the network’s own map', async () => {
  const layers = [1, 7, 12]
  await using vision = await open({ facets: layers, attention: layers })
  const { attention, facets } = await vision.embed(new URL('../../../examples/first-look/images/chelsea.jpg', import.meta.url))
  for (const layer of layers) {
    for (const token of [0, 1, 120, 256]) {
      const row = attentionRow(facets[layer]!, { heads: vision.card.architecture.heads, token })
      expect(largestDifference(row.data, attentionRow(attention[layer]!, { token }).data)).toBeLessThan(1e-5)
    }
  }
})
