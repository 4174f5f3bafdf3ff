import {
  assertNotAborted,
  DinokitError,
  tensor,
  type AnyTensor,
  type OnnxModel,
  type Session,
  type SessionOptions,
  type Tensor,
} from '@dinokit/core'
import { encodeModel } from '@dinokit/onnx'
import type { StepRates } from './optimizers.ts'
import type { TrainingStep } from './training-step.ts'

/** Result of one step. */
export interface StepResult {
  /** Before the step. */
  readonly loss: number
  /** Norm of all gradients before clipping, or of each group by its name. */
  readonly gradientNorms: Readonly<Record<string, number>>
  /** Further outputs of the forward pass, flat. */
  readonly outputs: Readonly<Record<string, Tensor>>
}

/** Feeds of a batch, by the names of the inputs that the forward pass declared. */
export type BatchFeeds = Readonly<Record<string, AnyTensor>>

/** Where a run stands: all that its next step depends on. */
export interface TrainerState {
  /** Steps made so far. */
  readonly steps: number
  readonly tensors: Readonly<Record<string, Tensor>>
}

/** Runs training steps. Whoever makes it disposes of it; disposing twice is safe. */
export interface Trainer {
  /** Where it stands; plain tensors, never changed afterwards. */
  readonly state: TrainerState
  /** Batches of one step. */
  readonly accumulate: number
  /**
   * Makes one step. Steps take turns: await each before the next.
   *
   * @param batches - the inputs that the forward pass declared; `accumulate` times, where that is not 1
   * @param rates - of this step
   * @param options - cancellation, before the step starts
   * @throws DinokitError `training-diverged` where the loss or a gradient is not a finite number: the state stays that
   *   before the step; `invalid-option` for another number of batches; `aborted`, `disposed`, `session-failed`
   */
  step(batches: BatchFeeds | readonly BatchFeeds[], rates: StepRates, options?: { readonly signal?: AbortSignal }): Promise<StepResult>
  /**
   * Takes a state up, of this or of another process.
   *
   * @throws DinokitError `tensor-missing`, `tensor-invalid` where it is of another training
   */
  resume(state: TrainerState): void
  dispose(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** Options of {@link createTrainer}. */
export interface TrainerOptions extends SessionOptions {
  /** Stop where a gradient is not a finite number too. Default true; candidates side by side may diverge one by one. */
  readonly finiteGradients?: boolean
}

/** The part of a runtime that training needs. */
export interface SessionMaker {
  createSession(model: OnnxModel, options?: SessionOptions): Promise<Session>
}

/**
 * Makes the session of a training step, and keeps its state.
 *
 * @param runtime - makes sessions
 * @param step - what to run
 * @param options - cancellation, what counts as diverged
 * @throws DinokitError `session-failed`, `aborted`
 */
export async function createTrainer(runtime: SessionMaker, step: TrainingStep, options: TrainerOptions = {}): Promise<Trainer> {
  const { finiteGradients = true, ...sessionOptions } = options
  const session = await runtime.createSession(encodeModel(step.graph), sessionOptions)
  let state: TrainerState = { steps: 0, tensors: step.initial }
  return {
    get state() {
      return state
    },
    accumulate: step.accumulate,
    async step(given, rates, { signal } = {}) {
      assertNotAborted(signal)
      const batches = listOf(given)
      if (batches.length !== step.accumulate) throw wrongCount(step.accumulate, batches.length)
      const scalars = scalarsOf(step, state.steps + 1, rates)
      const results: StepResult[] = []
      let [tensors, sums] = [state.tensors, step.sums]
      for (const batch of batches) {
        const outputs = await session.run({ ...batch, ...tensors, ...sums, ...scalars }, { ...(signal && { signal }) })
        const result = resultOf(outputs)
        const broken = [result.loss, ...(finiteGradients ? Object.values(result.gradientNorms) : [])].find(
          (value) => !Number.isFinite(value),
        )
        if (broken !== undefined) throw diverged(result.loss, state.steps, rates)
        results.push(result)
        const last = results.length === batches.length
        tensors = { ...tensors, ...nextOf(outputs, last ? Object.keys(step.initial) : step.buffers) }
        sums = nextOf(outputs, Object.keys(step.sums))
      }
      state = { steps: state.steps + 1, tensors }
      return results.length === 1 ? results[0]! : meanOf(results)
    },
    resume(from) {
      assertSameTraining(step, from)
      state = from
    },
    dispose: () => session.dispose(),
    [Symbol.asyncDispose]: () => session.dispose(),
  }
}

function scalarsOf(step: TrainingStep, count: number, rates: StepRates): Record<string, Tensor> {
  const scalars = { ...step.optimizer.scalars(count, rates), ...(step.average && { average: rates.average ?? 0.999 }) }
  return Object.fromEntries(Object.entries(scalars).map(([name, value]) => [`step:${name}`, tensor('float32', Float32Array.of(value), [])]))
}

function nextOf(outputs: Readonly<Record<string, AnyTensor>>, names: readonly string[]): Record<string, Tensor> {
  return Object.fromEntries(names.map((name) => [name, outputs[`next:${name}`] as Tensor]))
}

function listOf(given: BatchFeeds | readonly BatchFeeds[]): readonly BatchFeeds[] {
  return Array.isArray(given) ? (given as readonly BatchFeeds[]) : [given as BatchFeeds]
}

function wrongCount(expected: number, given: number): DinokitError {
  return new DinokitError('invalid-option', `One update of this training takes ${expected} batches.`, {
    given: `${given}`,
    expected: `${expected}`,
  })
}

/** Losses and what else is given back, on average; norms are those of the mean gradient, which the last one knows. */
function meanOf(results: readonly StepResult[]): StepResult {
  const last = results.at(-1)!
  const mean = (of: (result: StepResult) => number): number => results.reduce((sum, result) => sum + of(result), 0) / results.length
  const outputs = Object.entries(last.outputs).map(([name, { data, shape }]) => {
    const means = Float32Array.from(data, (_, index) => mean(({ outputs }) => outputs[name]!.data[index]!))
    return [name, tensor('float32', means, shape)] as const
  })
  return { loss: mean(({ loss }) => loss), gradientNorms: last.gradientNorms, outputs: Object.fromEntries(outputs) }
}

function resultOf(outputs: Readonly<Record<string, AnyTensor>>): StepResult {
  const gradientNorms: Record<string, number> = {}
  const others: Record<string, Tensor> = {}
  for (const [name, value] of Object.entries(outputs)) {
    if (name.startsWith('gradientNorm')) gradientNorms[name.slice('gradientNorm:'.length) || 'all'] = Number(value.data[0])
    else if (name !== 'loss' && !name.startsWith('next:')) others[name] = value as Tensor
  }
  return { loss: Number(outputs.loss!.data[0]), gradientNorms, outputs: others }
}

function diverged(loss: number, steps: number, { learningRate }: StepRates): DinokitError {
  const what = Number.isFinite(loss) ? 'A gradient is no finite number' : `The loss became ${loss}`
  return new DinokitError('training-diverged', `${what} at step ${steps + 1}, with a learning rate of ${learningRate}.`, {
    given: String(learningRate),
    hint: 'Take a lower learning rate, or clip gradients. The state is that before the step.',
  })
}

function assertSameTraining({ initial }: TrainingStep, { tensors }: TrainerState): void {
  for (const [name, { shape }] of Object.entries(initial)) {
    const given = tensors[name]
    if (!given) {
      throw new DinokitError('tensor-missing', `The saved state has no tensor ${name}.`, {
        given: `${Object.keys(tensors).length} tensors`,
        hint: 'It is the state of another training.',
      })
    }
    if (given.dtype !== 'float32' || given.shape.join() !== shape.join()) {
      throw new DinokitError('tensor-invalid', `The saved state has ${name} of shape [${given.shape.join(', ')}].`, {
        given: `${given.dtype} [${given.shape.join(', ')}]`,
        expected: `float32 [${shape.join(', ')}]`,
        hint: 'It is the state of another training.',
      })
    }
  }
}
