import { encodeSelfContained } from '@dinokit/onnx'
import { createNodeRuntime, writeFileAtomic } from '@dinokit/runtime-node'
import { hasShared, largestDifference, sharedPath } from '@dinokit/testing'
import type { VitBackbone } from '@dinokit/vit'
import { loadBackbone } from 'dinokit'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node'
import { expect, test } from 'vitest'
import { huggingfaceGraph } from './huggingface-graph.ts'

interface Run {
  readonly tokens: Float32Array
  /** Count of the engine's runs of each kernel of some weight. */
  readonly kernels: Readonly<Record<string, number>>
}

/** Operators that only copy, or compute shapes: how often depends on how an exporter writes them. */
const LIGHT = new Set(['Shape', 'Gather', 'Unsqueeze', 'Squeeze', 'Concat', 'Cast', 'Div', 'Slice', 'Expand', 'Reshape', 'Equal', 'Where'])

async function run(file: string, folder: string, height: number, width: number): Promise<Run> {
  const session = await InferenceSession.create(file, {
    logSeverityLevel: 3,
    enableProfiling: true,
    profileFilePrefix: join(folder, 'profile'),
  })
  const pixels = Float32Array.from({ length: 3 * height * width }, (_, index) => Math.sin(index * 0.37) * 2)
  const { last_hidden_state: output } = await session.run({ pixel_values: new OrtTensor('float32', pixels, [1, 3, height, width]) })
  const profile = await profileOf(session, folder)
  await session.release()
  const kernels: Record<string, number> = {}
  for (const { name, args } of profile) {
    const operator = name.endsWith('_kernel_time') ? args?.op_name : undefined
    if (operator && !LIGHT.has(operator)) kernels[operator] = (kernels[operator] ?? 0) + 1
  }
  return { tokens: output!.data as Float32Array, kernels }
}

interface ProfileEvent {
  readonly name: string
  readonly args?: { readonly op_name?: string }
}

async function profileOf(session: InferenceSession, folder: string): Promise<ProfileEvent[]> {
  session.endProfiling()
  const path = join(
    folder,
    (await readdir(folder)).find((file) => file.startsWith('profile'))!,
  )
  const events = JSON.parse(await readFile(path, 'utf8')) as ProfileEvent[]
  await rm(path)
  return events
}

test.skipIf(!hasShared)('builds of random weights the network that Hugging Face’s export is, which does the same work', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'dinokit-rival-'))
  try {
    const backbone = (await loadBackbone(createNodeRuntime(), sharedPath('models/tiny14/model.safetensors'), {
      card: { heads: 3, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] },
    })) as VitBackbone
    const written = join(folder, 'written.onnx')
    await writeFileAtomic(written, encodeSelfContained(huggingfaceGraph(backbone)).chunks())
    await backbone.close()
    for (const [height, width] of [
      [224, 224],
      [154, 252],
    ] as const) {
      const exported = await run(sharedPath('models/tiny14-huggingface/onnx/model.onnx'), folder, height, width)
      const ours = await run(written, folder, height, width)
      expect(largestDifference(ours.tokens, exported.tokens)).toBeLessThan(1e-4)
      expect(ours.kernels).toEqual(exported.kernels)
    }
  } finally {
    await rm(folder, { recursive: true })
  }
})
