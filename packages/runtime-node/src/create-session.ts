import {
  assertNotAborted,
  DinokitError,
  tensor,
  type AnyTensor,
  type DType,
  type OnnxModel,
  type Session,
  type SessionOptions,
} from '@dinokit/core'
import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node'
import { withModelFile } from './lib/model-file.ts'

/** How onnxruntime-node is to work. */
export interface EngineOptions {
  /** Threads of one run. Default: one a physical core, as onnxruntime decides. */
  readonly threads?: number
  /** Keep freed memory for the next run. Faster, and holds the peak. Default true. */
  readonly memoryArena?: boolean
  /** How far onnxruntime rewrites the graph. Default `all`. */
  readonly graphOptimization?: 'disabled' | 'basic' | 'extended' | 'all'
}

/** Defaults of {@link EngineOptions}. */
export const ENGINE_DEFAULTS = Object.freeze({ memoryArena: true, graphOptimization: 'all' }) satisfies EngineOptions

/**
 * Makes a session of onnxruntime-node.
 *
 * Weights pass through a temporary file that the engine maps into memory, so that they are never in memory twice; it
 * is gone when the session is made.
 *
 * @param model - graph and weights
 * @param engine - how onnxruntime is to work
 * @param options - cancellation
 * @throws DinokitError `session-failed`, `disk-full`, `aborted`
 */
export async function createSession(model: OnnxModel, engine: EngineOptions = {}, options: SessionOptions = {}): Promise<Session> {
  const { threads, memoryArena, graphOptimization } = { ...ENGINE_DEFAULTS, ...engine }
  const session = await withModelFile(model, options.signal, async (file) => {
    try {
      return await InferenceSession.create(file as string, {
        ...(threads !== undefined && { intraOpNumThreads: threads }),
        enableCpuMemArena: memoryArena,
        enableMemPattern: memoryArena,
        graphOptimizationLevel: graphOptimization,
        logSeverityLevel: 3,
      })
    } catch (cause) {
      throw new DinokitError('session-failed', 'onnxruntime refused the model.', { given: String(cause), cause })
    }
  })
  return sessionOf(session)
}

function sessionOf(session: InferenceSession): Session {
  let disposed: Promise<void> | undefined
  const running = new Set<Promise<unknown>>()
  const dispose = (): Promise<void> => (disposed ??= Promise.allSettled(running).then(() => session.release()))
  return {
    contract: 1,
    inputs: session.inputNames,
    outputs: session.outputNames,
    async run(feeds, options) {
      if (disposed) throw new DinokitError('disposed', 'This session was disposed of.', { hint: 'Make a new one, or dispose later.' })
      assertNotAborted(options?.signal)
      const run = runEngine(session, feeds)
      running.add(run)
      return run.then(plainOutputs).finally(() => running.delete(run))
    },
    dispose,
    [Symbol.asyncDispose]: dispose,
  }
}

async function runEngine(
  session: InferenceSession,
  feeds: Readonly<Record<string, AnyTensor>>,
): Promise<InferenceSession.OnnxValueMapType> {
  try {
    const inputs = Object.entries(feeds).map(
      ([name, { dtype, data, shape }]) => [name, new OrtTensor(dtype, data as Float32Array, shape)] as const,
    )
    return await session.run(Object.fromEntries(inputs))
  } catch (cause) {
    throw new DinokitError('session-failed', 'onnxruntime could not run the model on these inputs.', { given: String(cause), cause })
  }
}

/** Copies what the engine gave, and frees the engine's own memory at once rather than when it is collected. */
function plainOutputs(outputs: InferenceSession.OnnxValueMapType): Record<string, AnyTensor> {
  const plain: Record<string, AnyTensor> = {}
  for (const [name, value] of Object.entries(outputs)) {
    const output = value
    const data = (output.data as Float32Array).slice()
    plain[name] = tensor(output.type as DType, data as never, output.dims) as AnyTensor
    output.dispose()
  }
  return plain
}
