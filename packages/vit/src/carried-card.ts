import { parseModelCard, type ModelCard } from '@dinokit/core'

/** Under this name the files that dinokit writes carry their card, as JSON: ONNX's metadata, and safetensors'. */
export const CARD_KEY = 'dinokit.card'

/**
 * The card that a file carries.
 *
 * @param metadata - of the file
 * @param name - of the file, for messages
 * @returns undefined where it carries none
 * @throws DinokitError `model-unsupported` where it is damaged
 */
export function carriedCard(metadata: Readonly<Record<string, string>>, name: string): ModelCard | undefined {
  const text = metadata[CARD_KEY]
  return text === undefined ? undefined : parseModelCard(text, name)
}
