import { createVision, DinokitError, preprocess, type DecodeOptions, type InputSize, type Pixels, type Vision } from '@dinokit/core'
import type { Input } from '@dinokit/image-files'
import { createNodeRuntime, decodeImage, type ImageSource } from '@dinokit/runtime-node'
import { findRegisterNeurons, withTestTimeRegister, type VitBackbone } from '@dinokit/vit'
import { loadBackbone, type OpenOptions } from 'dinokit'
import type { CommandContext } from '../../output/command-context.ts'

/** Most images in which the neurons are looked for. */
const MOST_IMAGES = 8

/**
 * Opens a model with a register at test time, whose neurons are found in the images of the command: see `withTestTimeRegister`.
 *
 * @param context - of the command
 * @param size - input at which the neurons are looked for
 * @throws DinokitError `model-unsupported`, `invalid-option` for another precision than float32, and those of `open()`
 */
export function openWithRegister({ output, signal }: CommandContext, size: InputSize) {
  return async (given: OpenOptions, inputs: readonly Input[]): Promise<Vision<ImageSource>> => {
    const { model = 'tiny', card, weights, output: named, adapter, precision = 'float32', device, engine, ...options } = given
    if (precision !== 'float32') {
      throw new DinokitError('invalid-option', 'A register at test time is for float32.', { given: precision, expected: 'no --precision' })
    }
    const runtime = createNodeRuntime({ ...(device && { device }), ...(engine && { engine }) })
    try {
      const backbone = await loadBackbone(runtime, model, {
        ...(card && { card }),
        ...(weights !== undefined && { weights }),
        ...(named !== undefined && { output: named }),
        ...(adapter !== undefined && { adapter }),
        onProgress: output.onProgress,
        signal,
      })
      if (!('weights' in backbone)) {
        throw new DinokitError('model-unsupported', 'An ONNX file can’t be given a register.', {
          expected: 'a .pth or .safetensors checkpoint',
        })
      }
      const vit = backbone as VitBackbone
      const images = await inputsOf(inputs, vit, size, { ...(given.pixelLimit !== undefined && { pixelLimit: given.pixelLimit }), signal })
      const neurons = await findRegisterNeurons(runtime, vit, images, { signal })
      if (neurons.length === 0) output.note('The images have no outlier patches, so the model is used as it is.')
      const made = neurons.length === 0 ? vit : withTestTimeRegister(vit, neurons)
      return await createVision(runtime, made, { ...options, ownsRuntime: true, signal, onNote: (note) => output.note(note) })
    } catch (error) {
      await runtime.close?.()
      throw error
    }
  }
}

/** Prepares the first images that can be read. */
async function inputsOf(inputs: readonly Input[], { card }: VitBackbone, size: InputSize, decode: DecodeOptions): Promise<Pixels[]> {
  const prepared: Pixels[] = []
  for (const { source } of inputs) {
    if (prepared.length >= MOST_IMAGES) break
    try {
      const { patch } = card.architecture
      prepared.push(preprocess(await decodeImage(source, decode), { preprocessing: card.preprocessing, patch, size }).pixels)
    } catch (error) {
      // Said where the image is looked at.
      if (!DinokitError.is(error) || error.code === 'aborted') throw error
    }
  }
  return prepared
}
