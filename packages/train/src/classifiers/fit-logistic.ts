import { assertNotAborted, tensor, type Session } from '@dinokit/core'
import { createGraphBuilder, encodeModel, gradients, type Graph } from '@dinokit/onnx'
import { assertExamples, joinFeatures, type ClassificationExamples, type FeatureChoice } from './classification-examples.ts'
import type { SessionMaker } from '../step/create-trainer.ts'
import type { HeadModel } from './head-model.ts'
import { compareEvaluations, type Evaluation } from './evaluation.ts'
import { classWeights } from './fit/classification-batches.ts'
import { minimize } from './fit/minimize.ts'
import { scalar, total } from '../step/scalar.ts'
import { crossEntropy } from '../step/losses.ts'

/** Options of {@link fitLogistic}. */
export interface LogisticOptions {
  /** C, the inverse of the penalty. Default: the paper’s 45 values, 10^-6 to 10^5. */
  readonly strengths?: readonly number[]
  /** Default: the last layer’s class token. */
  readonly features?: FeatureChoice
  /** Weigh examples so that every class counts the same. Default false. */
  readonly balanced?: boolean
  /** Steps at most for one strength. Default 100. */
  readonly iterations?: number
  /** Told after each strength. */
  onProgress?(done: number, of: number): void
  readonly signal?: AbortSignal
}

/** Defaults of {@link LogisticOptions}. */
export const LOGISTIC_DEFAULTS = Object.freeze({
  strengths: Object.freeze(Array.from({ length: 45 }, (_, index) => 10 ** (-6 + (11 * index) / 44))),
  features: Object.freeze({ layers: 1, mean: false }),
  balanced: false,
  iterations: 100,
}) satisfies LogisticOptions

/** Result of {@link fitLogistic}. */
export interface LogisticFit {
  /** The best on the validation split. */
  readonly head: HeadModel
  readonly strength: number
  /** Top-1 and mean cross-entropy on the validation split of every strength; the latter decides among equals. */
  readonly tried: readonly (Evaluation & { readonly strength: number })[]
}

/**
 * Multinomial logistic regression with an L2 penalty, C sum(cross-entropy) + |W|^2 / 2, for each of a list of C
 * (facebookresearch/dinov2, eval/log_regression.py): loss and gradient by one graph, steps by L-BFGS, each C from where
 * the one before ended; the best on the validation split is kept.
 *
 * @param runtime - makes sessions
 * @param train - to fit
 * @param validation - to choose by
 * @param options - strengths, features
 * @throws DinokitError `invalid-option`, `tensor-invalid` for examples that can’t be fitted, `aborted`
 */
export async function fitLogistic(
  runtime: SessionMaker,
  train: ClassificationExamples,
  validation: ClassificationExamples,
  options: LogisticOptions = {},
): Promise<LogisticFit> {
  const { strengths, features, balanced, iterations, signal } = { ...LOGISTIC_DEFAULTS, ...options }
  assertExamples(train, 'training')
  assertExamples(validation, 'validation')
  const running = { ...(signal && { signal }) }
  const { data, width } = joinFeatures(train, features)
  const [count, classes] = [train.labels.length, train.classes.length]
  await using session: Session = await runtime.createSession(encodeModel(lossGraph(data, train, width, balanced)), running)
  const size = width * classes
  const split = (point: Float64Array): Linear => ({
    weight: Float32Array.from(point.subarray(0, size)),
    bias: Float32Array.from(point.subarray(size)),
  })
  const asked = joinFeatures(validation, features).data
  let point = new Float64Array(size + classes)
  let best: (Evaluation & { readonly point: Float64Array; readonly strength: number }) | undefined
  const tried: (Evaluation & { readonly strength: number })[] = []
  for (const strength of strengths.toSorted((a, b) => a - b)) {
    assertNotAborted(signal)
    const penalty = tensor('float32', Float32Array.of(1 / (strength * count)), [])
    point = (await minimize(
      point,
      async (at) => {
        const { weight, bias } = split(at)
        const feeds = { penalty, weight: tensor('float32', weight, [width, classes]), bias: tensor('float32', bias, [classes]) }
        const outputs = await session.run(feeds, running)
        const slope = new Float64Array(size + classes)
        slope.set(outputs.weightGradient!.data as Float32Array)
        slope.set(outputs.biasGradient!.data as Float32Array, size)
        return { value: Number(outputs.loss!.data[0]), slope }
      },
      { iterations, tolerance: 1e-5 },
    )) as Float64Array<ArrayBuffer>
    const found = evaluate(split(point), asked, validation.labels)
    tried.push({ strength, ...found })
    if (!best || compareEvaluations(found, best) < 0) best = { point, strength, ...found }
    options.onProgress?.(tried.length, strengths.length)
  }
  const { weight, bias } = split(best!.point)
  const rows = Float32Array.from({ length: size }, (_, i) => weight[(i % width) * classes + Math.floor(i / width)]!)
  const tensors = { 'network.0.weight': tensor('float32', rows, [classes, width]), 'network.0.bias': tensor('float32', bias, [classes]) }
  return { head: { steps: [{ kind: 'linear', out: classes }], output: { kind: 'classes' }, tensors }, strength: best!.strength, tried }
}

/** Mean cross-entropy + penalty |W|^2 / 2 over all examples, which the graph holds itself, and its gradients. */
function lossGraph(data: Float32Array, examples: ClassificationExamples, width: number, balanced: boolean): Graph {
  const { labels } = examples
  const classes = examples.classes.length
  const g = createGraphBuilder('logistic regression')
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
  const x = g.weight('x', { dtype: 'float32', shape: [labels.length, width], read: () => bytes })
  const known = g.constant(tensor('int64', BigInt64Array.from(labels, BigInt), [labels.length]))
  const weight = g.input('weight', 'float32', [width, classes])
  const bias = g.input('bias', 'float32', [classes])
  const penalty = g.apply('Mul', [g.input('penalty', 'float32', []), scalar(g, 0.5)])
  const fit = crossEntropy(g, g.apply('Gemm', [x, weight, bias]), known, {
    classes,
    ignore: -1,
    ...(balanced && { weights: tensor('float32', Float32Array.from(classWeights(examples)), [classes]) }),
  })
  const loss = g.apply('Add', [fit, g.apply('Mul', [total(g, g.apply('Mul', [weight, weight])), penalty])])
  const [byWeight, byBias] = gradients(g, loss, [weight, bias])
  g.output('loss', loss, 'float32', [])
  g.output('weightGradient', byWeight!, 'float32', [width, classes])
  g.output('biasGradient', byBias!, 'float32', [classes])
  return g.build()
}

/** Parameters of a linear classifier: weight [width][classes], bias [classes]. */
interface Linear {
  readonly weight: Float32Array
  readonly bias: Float32Array
}

function evaluate({ weight, bias }: Linear, data: Float32Array, labels: Int32Array): Evaluation {
  const [width, classes] = [weight.length / bias.length, bias.length]
  let [right, loss] = [0, 0]
  labels.forEach((label, example) => {
    const logits = Float64Array.from(bias)
    for (let i = 0; i < width; i++) {
      const value = data[example * width + i]!
      for (let c = 0; c < classes; c++) logits[c]! += value * weight[i * classes + c]!
    }
    const largest = Math.max(...logits)
    right += Number(logits.indexOf(largest) === label)
    loss += largest - logits[label]! + Math.log(logits.reduce((sum, value) => sum + Math.exp(value - largest), 0))
  })
  return { top1: right / labels.length, loss: loss / labels.length }
}
