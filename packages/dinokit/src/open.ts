import { createVision, type ModelCard, type OnProgress, type Vision, type VisionOptions } from '@dinokit/core'
import { createNodeRuntime, type EngineOptions, type ImageSource } from '@dinokit/runtime-node'
import { loadBackbone } from './load-backbone.ts'

/** Options of {@link open}. */
export interface OpenOptions extends VisionOptions {
  /**
   * Which model: an id (`tiny`, `dinov2-small`, `dinov2_vits14`), a repository on the hub (`owner/name`), the path of a
   * `.pth`, `.safetensors` or `.onnx` file or of a folder in Hugging Face's layout, or a card. Default `tiny`.
   */
  readonly model?: string | ModelCard
  /** Cards of your own that `model` may name. */
  readonly cards?: readonly ModelCard[]
  /** How onnxruntime is to work. */
  readonly engine?: EngineOptions
  /** Told how a download proceeds. */
  readonly onProgress?: OnProgress
}

/**
 * Opens a model: finds or downloads its weights, writes its graph with the outputs asked for, and makes a session.
 * `await using vision = await open()` disposes of it.
 *
 * @param options - model, outputs, default size, engine
 * @throws DinokitError `model-unknown`, `model-unsupported`, `output-unavailable`, `file-not-found`, `checkpoint-invalid`,
 *   `checkpoint-unsafe`, `tensor-missing`, `tensor-invalid`, `download-failed`, `download-corrupt`, `offline`, `disk-full`,
 *   `session-failed`, `aborted`
 */
export async function open(options: OpenOptions = {}): Promise<Vision<ImageSource>> {
  const { model = 'tiny', cards = [], engine, onProgress, ...visionOptions } = options
  const { signal } = visionOptions
  const runtime = createNodeRuntime(engine)
  const loadOptions = { cards, ...(onProgress && { onProgress }), ...(signal && { signal }) }
  return createVision(runtime, await loadBackbone(runtime, model, loadOptions), visionOptions)
}
