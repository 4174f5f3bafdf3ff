import { readSafetensors, writeSafetensors } from '@dinokit/checkpoint'
import { DinokitError, tensor, type ByteSource, type Tensor } from '@dinokit/core'
import type { TrainerState } from './create-trainer.ts'

/** A state that was read, with the text kept beside it. */
export interface SavedTrainerState extends TrainerState {
  readonly metadata: Readonly<Record<string, string>>
}

const STEPS_KEY = 'dinokit.steps'

/**
 * Writes where a run stands as a safetensors file.
 *
 * @param state - of a trainer
 * @param metadata - further text to keep: what the run was
 * @returns the file's bytes
 */
export function writeTrainerState(state: TrainerState, metadata: Readonly<Record<string, string>> = {}): Uint8Array {
  return writeSafetensors(state.tensors, { ...metadata, [STEPS_KEY]: String(state.steps) })
}

/**
 * Reads what {@link writeTrainerState} wrote, bit for bit.
 *
 * @param source - of the file; closed
 * @throws DinokitError `checkpoint-invalid` where it is something else
 */
export async function readTrainerState(source: ByteSource): Promise<SavedTrainerState> {
  const file = await readSafetensors(source)
  try {
    const steps = Number(file.metadata[STEPS_KEY] ?? NaN)
    if (!Number.isSafeInteger(steps) || steps < 0) {
      throw new DinokitError('checkpoint-invalid', `${file.name} is no saved training.`, {
        given: `metadata ${Object.keys(file.metadata).join(', ') || 'none'}`,
        expected: STEPS_KEY,
      })
    }
    const tensors: Record<string, Tensor> = {}
    for (const [name, stored] of file.tensors) tensors[name] = tensor('float32', await stored.readFloat32(), stored.shape)
    return { steps, tensors, metadata: file.metadata }
  } finally {
    await file.close()
  }
}
