import { runtimeRules, testRules } from '@dinokit/conformance'
import { TINY_ASSETS } from '@dinokit/model-tiny'
import { blobSource, createRuntime } from 'dinokit'
import { describe, expect, test } from 'vitest'

const runtime = createRuntime()
const folder = new URL('../../model-tiny/assets/', import.meta.url).href

describe(`the runtime ${runtime.name}`, () => {
  testRules(test, runtimeRules({ runtime, paths: { file: TINY_ASSETS.weights.href, folder, missing: `${folder}no.safetensors` } }))
  test('is the one that it says it is', async () => {
    expect(runtime.name).toMatch(/^onnxruntime-/)
  })
})

test('reads a Blob at any offset, and rejects ranges outside it', async () => {
  const source = blobSource('a blob', new Blob([Uint8Array.of(1, 2, 3, 4)]))
  expect(source.size).toBe(4)
  expect(await source.read(1, 2)).toEqual(Uint8Array.of(2, 3))
  await expect(source.read(3, 2)).rejects.toMatchObject({ code: 'file-unreadable' })
})
