import { DinokitError, open, type ImageSource, type OpenOptions, type StreamItem, type StreamOptions } from 'dinokit'
import { expect, test } from 'vitest'

const SMALL: OpenOptions = { size: { width: 14, height: 14 } }
const pixels: ImageSource = { data: new Uint8Array(14 * 14 * 3).fill(90), width: 14, height: 14 }

let count = 0
/** An address that no test has asked for yet. */
const fresh = (base: string, name: string, query: string): string => `${base}/flaky/${name}-${++count}?${query}`

async function indexesOf(sources: readonly ImageSource[], open: StreamItems, options: StreamOptions = {}): Promise<string[]> {
  const all: string[] = []
  for await (const { index, error } of open(sources, options)) all.push(`${index}${error ? ` ${error.code}` : ''}`)
  return all
}
type StreamItems = (sources: readonly ImageSource[], options: StreamOptions) => AsyncIterable<StreamItem<ImageSource>>

/**
 * Tests what becomes of addresses that say nothing, in whichever runtime.
 *
 * @param base - of a server that answers as `flakyServer` does
 */
export function checkSilentAddresses(base: () => string): void {
  test.each([
    ['accepts and is silent', 'size=1000&stall=0'],
    ['stops half way', 'size=100000&stall=50000'],
  ])('fails by a code for an address that %s', async (_, query) => {
    await using vision = await open({ ...SMALL, stallMs: 250 })
    const failure = await vision.embed(fresh(base(), 'silent', query)).catch((error: unknown) => error)
    expect(DinokitError.is(failure, 'download-failed') && failure.message).toMatch(/silent-\d+.* sent no byte for 250 ms/)
  })

  test('asks an address again whose server is busy, as often as it is worth it, and after as long as it says', async () => {
    await using vision = await open(SMALL)
    // What comes at last is no image.
    await expect(vision.embed(fresh(base(), 'busy', 'busy=2&wait=0'))).rejects.toMatchObject({
      code: expect.stringMatching(/^image-/) as string,
    })
    const always = fresh(base(), 'busy', 'busy=9&wait=0')
    await expect(vision.embed(always)).rejects.toMatchObject({
      code: 'download-failed',
      details: { given: expect.stringContaining('429') as string },
    })
    const asked: unknown = await (await fetch(`${base()}/flaky/x?log=${encodeURIComponent(new URL(always).pathname)}`)).json()
    expect(asked).toHaveLength(4)
    const patient = fresh(base(), 'busy', 'busy=9&wait=600')
    await expect(vision.embed(patient)).rejects.toMatchObject({
      code: 'download-failed',
      details: { hint: expect.stringContaining('10 minutes') as string },
    })
  })

  test.each(['http://[', 'https://example.org:99999/x.jpg'])('%j, which does not parse, fails alone', async (address) => {
    await using vision = await open(SMALL)
    await expect(vision.embed(address)).rejects.toMatchObject({ name: 'DinokitError', code: 'invalid-option' })
    expect(await indexesOf([pixels, address, pixels], (sources, options) => vision.stream(sources, options))).toEqual([
      '0',
      '1 invalid-option',
      '2',
    ])
  })

  test('goes on behind an address that keeps silent, in order or not', async () => {
    await using vision = await open({ ...SMALL, stallMs: 60_000 })
    const stream: StreamItems = (sources, options) => vision.stream(sources, options)
    // The first is answered once the last has been asked for: it would wait for ever if that one waited for it.
    const sourcesOf = (last: string): ImageSource[] => [
      fresh(base(), 'first', `status=404&after=${encodeURIComponent(new URL(last).pathname)}`),
      ...Array.from({ length: 12 }, () => pixels),
      last,
    ]
    const names = (from: number, to: number): string[] => Array.from({ length: to - from + 1 }, (_, i) => String(from + i))
    expect(await indexesOf(sourcesOf(fresh(base(), 'last', 'status=404')), stream)).toEqual([
      '0 file-not-found',
      ...names(1, 12),
      '13 file-not-found',
    ])
    const any = await indexesOf(sourcesOf(fresh(base(), 'last', 'status=404')), stream, { ordered: false })
    expect(any.slice(0, 12)).toEqual(names(1, 12))
    expect(any.slice(12).sort()).toEqual(['0 file-not-found', '13 file-not-found'])
  })

  test('leaving a stream ends its fetching', async () => {
    await using vision = await open({ ...SMALL, stallMs: 60_000 })
    const silent = fresh(base(), 'left', 'size=1000&stall=0')
    for await (const { index } of vision.stream([silent, pixels], { ordered: false })) {
      expect(index).toBe(1)
      break
    }
  })
}
