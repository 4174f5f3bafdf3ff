import { expect, test } from 'vitest'
import { DIGEST_SOURCES, PUBLISHED_DIGESTS } from './published-digests.ts'
import { MODEL_CARDS } from './model-registry.ts'

test('has a digest from two independent sources for every file that Meta publishes without one', () => {
  const files = MODEL_CARDS.flatMap(({ weights }) => (weights?.kind === 'url' ? [weights] : []))
  expect(files).toHaveLength(8)
  for (const { url, sha256 } of files) {
    const file = url.split('/').at(-1)
    const sources = DIGEST_SOURCES[file]!
    expect(PUBLISHED_DIGESTS[file]).toBe(sha256)
    expect(sha256).toMatch(/^[0-9a-f]{64}$/)
    expect(new Set(sources.map((source) => source.split('/')[0])).size).toBeGreaterThanOrEqual(2)
  }
  expect(new Set(files.map(({ sha256 }) => sha256)).size).toBe(8)
})
