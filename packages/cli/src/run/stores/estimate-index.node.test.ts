import { imagesToStore } from '@dinokit/image-files'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import type { IndexOptions } from '../../options/index-options.ts'
import type { CommandContext } from '../../output/command-context.ts'
import { createConsoleOutput } from '../../output/console-output.ts'
import { estimateIndex } from './estimate-index.ts'

const IMAGES = fileURLToPath(new URL('../../../../../examples/first-look/images', import.meta.url))

test('tells what indexing would take, and writes nothing', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'dinokit-estimate-'))
  const found = await imagesToStore([IMAGES], {})
  let told: unknown
  const output = {
    ...createConsoleOutput({ json: false, color: false, quiet: true, verbose: false }),
    report: (_: string, value: unknown) => (told = value),
  }
  const context = { output, signal: new AbortController().signal } as CommandContext
  const options = { model: 'tiny', store: join(folder, 'photos.store'), size: 56, workers: 2 } as IndexOptions
  await estimateIndex(context, found, options)
  const { images } = found
  // A row is a class token of 192 numbers of 4 bytes, and texts.
  expect(told).toMatchObject({ images: images.length, left: images.length, workers: 2 })
  const { imagesPerSecond, seconds, bytes } = told as { readonly imagesPerSecond: number; readonly seconds: number; readonly bytes: number }
  expect(seconds).toBeCloseTo(images.length / imagesPerSecond / 2)
  expect(bytes).toBeGreaterThan(images.length * 192 * 4)
  expect(bytes).toBeLessThan(images.length * 192 * 4 * 2)
  expect(await readdir(folder)).toEqual([])
  await rm(folder, { recursive: true })
})
