import { stackBytes, type BackboneGraph, type Session } from '@dinokit/core'
import { createRuntime, type AnyTensor } from 'dinokit/browser'
import { expect } from 'vitest'

/** Settings of an engine whose networks the kernels compute. */
export const engine = { device: 'wasm', replicas: 1 } as const
/** Name of the kernels. */
export const byKernels = expect.stringMatching(/^dinokit kernels/) as string

/** Number of images, their width and height. */
export type Sizes = readonly [batch: number, width: number, height: number]

/** A session, and what makes its inputs. */
export type KernelTest = readonly [Session, (sizes: Sizes) => Readonly<Record<string, AnyTensor>>]

/** Settings of {@link openGraph}. */
export interface GraphSettings {
  /** Whether the kernels compute it, where they know it. Default true. */
  readonly kernels?: boolean
  /** Default 2. */
  readonly threads?: number
}

const pixelsOf = (width: number, height: number, seed: number): { data: Uint8Array<ArrayBuffer>; width: number; height: number } => ({
  data: Uint8Array.from({ length: width * height * 3 }, (_, i) => 128 + 90 * Math.sin(i * 0.017 + seed) + 30 * Math.sin(i * i * 0.37)),
  width,
  height,
})

/** Opens a session of a network, for images that are made up. */
export async function openGraph(
  graphOf: (runtime: ReturnType<typeof createRuntime>) => Promise<BackboneGraph>,
  { kernels = true, threads = 2 }: GraphSettings = {},
): Promise<KernelTest> {
  const runtime = createRuntime({ engine: { ...engine, threads, kernels } })
  const graph = await graphOf(runtime)
  return [
    await runtime.createSession(graph.model),
    ([batch, width, height]) => graph.feeds(stackBytes(Array.from({ length: batch }, (_, index) => pixelsOf(width, height, index)))),
  ]
}

/**
 * Compares each output of the kernels with the engine's.
 *
 * @param openWith - opens the session, by the kernels or without them
 * @param all - sizes, one run each
 * @param compare - two outputs of one shape
 */
export async function compareWithEngine(
  openWith: (kernels: boolean) => Promise<KernelTest>,
  all: readonly Sizes[],
  compare: (found: AnyTensor, expected: AnyTensor, name: string, message: string) => void,
): Promise<void> {
  const [own, inputs] = await openWith(true)
  await using kernels = own
  const [other] = await openWith(false)
  await using ort = other
  expect(kernels.engine.name).toEqual(byKernels)
  expect(ort.engine.name).toMatch(/^onnxruntime-web/)
  expect(kernels.outputs).toEqual(ort.outputs)
  for (const sizes of all) {
    const feeds = inputs(sizes)
    const [found, expected] = [await kernels.run(feeds), await ort.run(feeds)]
    for (const name of ort.outputs) {
      expect(found[name]!.shape).toEqual(expected[name]!.shape)
      compare(found[name]!, expected[name]!, name, `${name} ${sizes.join()}`)
    }
  }
}
