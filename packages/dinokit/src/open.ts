import type { HeadMap, NoHeads, Vision } from '@dinokit/core'
import { createNodeRuntime, type ImageSource, type NodeRuntimeOptions } from '@dinokit/runtime-node'
import { openWith, placeOf, type OpenWithOptions } from './open-with.ts'

/** Options of {@link open}. */
export interface OpenOptions<Heads extends HeadMap = NoHeads> extends Omit<OpenWithOptions<Heads>, 'ownsRuntime'>, NodeRuntimeOptions {}

/**
 * Opens a model: finds or downloads its weights, writes its graph with the outputs asked for, and makes a session.
 * `await using vision = await open()` disposes of it.
 *
 * @param options - model, device, precision, heads, outputs, default size, engine
 * @throws DinokitError `model-unknown`, `model-unsupported`, `output-unavailable`, `file-not-found`, `checkpoint-invalid`,
 *   `checkpoint-unsafe`, `tensor-missing`, `tensor-invalid`, `download-failed`, `download-corrupt`, `offline`, `disk-full`,
 *   `device-unavailable`, `session-failed`, `aborted`
 */
export async function open<Heads extends HeadMap = NoHeads>({ device, engine, ...options }: OpenOptions<Heads> = {}): Promise<
  Vision<ImageSource, Heads>
> {
  const placed = await placeOf(options.precision, device ?? engine?.device, 'cpu')
  return openWith(createNodeRuntime({ ...(placed && { device: placed }), ...(engine && { engine }) }), { ...options, ownsRuntime: true })
}
