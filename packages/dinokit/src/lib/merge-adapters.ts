import { openTensorFile, type TensorFile } from '@dinokit/checkpoint'
import { DinokitError } from '@dinokit/core'
import { mergeAdapter, splitAdapter, type AdapterConfig } from '@dinokit/vit'
import { openIfThere, readJson, type ModelFolder } from './model-folder.ts'

/** Where adapters are looked for. */
export interface AdapterPlaces {
  /** The folder of an adapter to merge into the model. */
  readonly adapter?: ModelFolder
  /** The folder of the model: what is said of an adapter in the model's own file is there. */
  readonly beside?: ModelFolder
}

/**
 * A model with adapters of peft merged into it: one in its own file that nobody merged, and one that was given.
 *
 * @param file - the model
 * @param places - folders
 * @throws DinokitError `file-not-found` where an adapter lacks one of its files, and those of `mergeAdapter`
 */
export async function mergeAdapters(file: TensorFile, { adapter, beside }: AdapterPlaces): Promise<TensorFile> {
  const split = splitAdapter(file)
  const whole = split ? mergeAdapter(split.base, split.adapter, await configOf(file.name, beside)) : file
  if (!adapter) return whole
  const config = await configOf(adapter.name, adapter)
  const weights = (await openIfThere(adapter, 'adapter_model.safetensors')) ?? (await openIfThere(adapter, 'adapter_model.bin'))
  if (!weights) throw missing(adapter.name, 'adapter_model.safetensors')
  const tensors = await openTensorFile(weights)
  try {
    return mergeAdapter(whole, tensors, config)
  } catch (error) {
    await tensors.close()
    throw error
  }
}

async function configOf(name: string, folder: ModelFolder | undefined): Promise<AdapterConfig> {
  const config = folder && (await readJson(folder, 'adapter_config.json'))
  if (!config) throw missing(name, 'adapter_config.json')
  return config
}

function missing(name: string, file: string): DinokitError {
  return new DinokitError('file-not-found', `The adapter ${name} has no ${file}.`, {
    given: name,
    expected: `${file} beside it: by how much the adapter changes the model is said there`,
    hint: 'Put the file that peft wrote beside it, or merge the adapter in Python: model.merge_and_unload().',
  })
}
