import { decodeText, DinokitError, type ByteSource } from '@dinokit/core'
import type { InferCardOptions } from '@dinokit/vit'
import { dirname } from './paths.ts'

/** A folder in Hugging Face's layout, on disk or on the hub. */
export interface ModelFolder {
  /** Name for messages. */
  readonly name: string
  /** Opens one of its files. */
  open(file: string): Promise<ByteSource>
}

/** The folder's config.json and preprocessor_config.json, where they are. */
export async function readConfigs(folder: ModelFolder): Promise<Pick<InferCardOptions, 'config' | 'preprocessor'>> {
  const config = await readJson(folder, 'config.json')
  const preprocessor = await readJson(folder, 'preprocessor_config.json')
  return { ...(config && { config }), ...(preprocessor && { preprocessor }) }
}

/** The same of the folder that a file lies in, or of the one above where there is no config.json beside it, as in `onnx/`. */
export async function readConfigsNear(path: string, folderAt: (folder: string) => ModelFolder): ReturnType<typeof readConfigs> {
  const near = await readConfigs(folderAt(dirname(path)))
  return near.config ? near : readConfigs(folderAt(dirname(dirname(path))))
}

/** Where the `config.yaml` of Meta's training may be: beside a checkpoint, and above the folder of an evaluation. */
const TRAINING = ['config.yaml', '../config.yaml', '../../config.yaml']

/** The text of the configuration that Meta's training wrote beside a checkpoint. */
export async function readTraining(folder: ModelFolder): Promise<Pick<InferCardOptions, 'training'>> {
  for (const file of TRAINING) {
    const source = await openIfThere(folder, file)
    if (!source) continue
    try {
      if (source.size <= LONGEST) return { training: new TextDecoder().decode(await source.read(0, source.size)) }
    } finally {
      await source.close()
    }
  }
  return {}
}

/** Opens a file of a folder; undefined where it is not there. */
export async function openIfThere(folder: ModelFolder, file: string): Promise<ByteSource | undefined> {
  try {
    return await folder.open(file)
  } catch (error) {
    if (DinokitError.is(error, 'file-not-found')) return undefined
    throw error
  }
}

const LONGEST = 10_000_000

/** An object that a file of a folder holds as JSON; undefined where the file is not there. */
export async function readJson(folder: ModelFolder, file: string): Promise<Record<string, unknown> | undefined> {
  const source = await openIfThere(folder, file)
  if (!source) return undefined
  try {
    if (source.size > LONGEST)
      throw new DinokitError('checkpoint-unsafe', `${source.name} has ${source.size} bytes.`, {
        given: `${source.size} bytes`,
        expected: `at most ${LONGEST}`,
      })
    const value: unknown = JSON.parse(decodeText(source.name, await source.read(0, source.size), 'checkpoint-invalid'))
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
    throw new TypeError('not an object')
  } catch (cause) {
    if (DinokitError.is(cause)) throw cause
    throw new DinokitError('checkpoint-invalid', `${source.name} is not a JSON object.`, {
      given: String(cause),
      expected: 'a configuration as Hugging Face writes it',
      cause,
    })
  } finally {
    await source.close()
  }
}
