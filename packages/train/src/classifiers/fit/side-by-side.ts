import type { Session, SessionOptions, Tensor } from '@dinokit/core'
import { createGraphBuilder, encodeModel, type GraphBuilder, type Value } from '@dinokit/onnx'
import type { SessionMaker } from '../../step/create-trainer.ts'
import type { Evaluation } from '../evaluation.ts'
import type { ClassificationBatches } from './classification-batches.ts'
import { total } from '../../step/scalar.ts'

/** The inputs of graphs that classify. */
export interface ClassificationInputs {
  readonly x: readonly Value[]
  readonly labels: Value
  readonly weights: Value
}

/** Declares what {@link ClassificationBatches} read. */
export function declareInputs(g: GraphBuilder, widths: readonly number[]): ClassificationInputs {
  return {
    x: widths.map((width, index) => g.input(`x${index}`, 'float32', ['batch', width])),
    labels: g.input('labels', 'int64', ['batch']),
    weights: g.input('weights', 'float32', ['batch']),
  }
}

/** [candidates][batch][classes] of one choice of features. */
export function logitsOf(g: GraphBuilder, { x }: ClassificationInputs, values: Readonly<Record<string, Value>>, index: number): Value {
  const batch = g.apply('Unsqueeze', [x[index]!, g.integers(0)])
  return g.apply('Add', [g.apply('MatMul', [batch, values[`weight${index}`]!]), values[`bias${index}`]!])
}

/** [candidates]: the mean cross-entropy of each, of logits [candidates][batch][classes]. */
export function candidateLosses(g: GraphBuilder, logits: Value, inputs: ClassificationInputs, classes: number): Value {
  const targets = g.apply('Mul', [oneHot(g, inputs, classes), g.apply('Unsqueeze', [inputs.weights, g.integers(-1)])])
  const picked = g.apply('Mul', [g.apply('LogSoftmax', [logits], { axis: -1 }), targets])
  return g.apply('Neg', [g.apply('Div', [g.apply('ReduceSum', [picked, g.integers(1, 2)], { keepdims: 0 }), total(g, inputs.weights)])])
}

/** [batch][classes], 1 at each example’s class. */
function oneHot(g: GraphBuilder, { labels }: ClassificationInputs, classes: number): Value {
  const column = g.apply('Unsqueeze', [labels, g.integers(-1)])
  return g.apply('Cast', [g.apply('Equal', [column, g.integers(...Array(classes).keys())])], { to: 1 })
}

/** Says how well each candidate does. Whoever makes it disposes of it. */
export interface Evaluator {
  /**
   * Measures the parameters as they are.
   *
   * @throws DinokitError `aborted`
   */
  evaluate(tensors: Readonly<Record<string, Tensor>>): Promise<Evaluation[]>
  [Symbol.asyncDispose](): Promise<void>
}

/** Examples that are evaluated at once. */
const EVALUATED = 1024

/** Candidates of {@link createEvaluator}, and the examples that they are evaluated on. */
export interface Evaluated {
  /** Examples to evaluate on. */
  readonly batches: ClassificationBatches
  /** Shapes of the parameters, by name. */
  readonly shapes: Readonly<Record<string, readonly number[]>>
  /** Number of classes. */
  readonly classes: number
  /** Writes logits [candidates][batch][classes], for each choice of features. */
  write(g: GraphBuilder, inputs: ClassificationInputs, values: Readonly<Record<string, Value>>): readonly Value[]
}

/**
 * Makes the session that evaluates candidates.
 *
 * @param runtime - makes sessions
 * @param evaluated - candidates and examples
 * @param options - cancellation, of the runs too
 */
export async function createEvaluator(runtime: SessionMaker, evaluated: Evaluated, options: SessionOptions = {}): Promise<Evaluator> {
  const { batches, shapes, classes } = evaluated
  const g = createGraphBuilder('evaluate')
  const inputs = declareInputs(g, batches.widths)
  const values = Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, g.input(name, 'float32', shape)]))
  const all = evaluated.write(g, inputs, values)
  all.forEach((logits, index) => {
    const own = g.apply('ReduceSum', [g.apply('Mul', [logits, oneHot(g, inputs, classes)]), g.integers(-1)], { keepdims: 0 })
    const best = g.apply('ReduceMax', [logits, g.integers(-1)], { keepdims: 0 })
    const right = g.apply('Cast', [g.apply('Equal', [own, best])], { to: 1 })
    g.output(`hits${index}`, g.apply('ReduceSum', [right, g.integers(1)], { keepdims: 0 }), 'float32', [`candidates${index}`])
    const losses = g.apply('Mul', [candidateLosses(g, logits, inputs, classes), total(g, inputs.weights)])
    g.output(`losses${index}`, losses, 'float32', [`candidates${index}`])
  })
  const session: Session = await runtime.createSession(encodeModel(g.build()), options)
  const running = { ...(options.signal && { signal: options.signal }) }
  return {
    async evaluate(tensors) {
      const parameters = Object.fromEntries(Object.keys(shapes).map((name) => [name, tensors[name]!]))
      const sums: { hits: number; losses: number }[] = []
      for (let start = 0; start < batches.count; start += EVALUATED) {
        const indices = Array.from({ length: Math.min(EVALUATED, batches.count - start) }, (_, index) => start + index)
        const outputs = await session.run({ ...batches.read(indices), ...parameters }, running)
        const of = (name: string): number[] => all.flatMap((_, index) => Array.from(outputs[`${name}${index}`]!.data as Float32Array))
        const [hits, losses] = [of('hits'), of('losses')]
        hits.forEach((hit, index) => {
          const sum = (sums[index] ??= { hits: 0, losses: 0 })
          sum.hits += hit
          sum.losses += losses[index]!
        })
      }
      return sums.map(({ hits, losses }) => ({ top1: hits / batches.count, loss: losses / batches.count }))
    },
    [Symbol.asyncDispose]: () => session.dispose(),
  }
}
