import type { ModelCard, Tensor } from '@dinokit/core'
import type { GraphBuilder, Value } from '@dinokit/onnx'
import { trainableVit } from '../distillation/trainable-vit.ts'
import { isMatrix } from '../step/is-matrix.ts'
import { cosineLoss, smoothL1 } from '../step/losses.ts'
import { adamW, type Optimizer } from '../step/optimizers.ts'
import { STUDENT_PREFIX, withoutPrefix } from '../step/prefixed.ts'
import { mean, scalar } from '../step/scalar.ts'
import { trainingStep, type TrainingStep } from '../step/training-step.ts'

/** Options of {@link denoisingStep}. */
export interface DenoisingStepOptions {
  /** Side of the square windows in pixels. */
  readonly size: number
  /** Images of one step. */
  readonly batch: number
  /** Patches of each window that the student sees. Default: all, and there are no inputs `rows` and `places`. */
  readonly visible?: number
  /** Whether there is an input `keyBias`. Default false. */
  readonly keyBias?: boolean
  /** Weight of the loss on attention. Default 0: there is no input `attention`. */
  readonly attention?: number
  /** Whether there is an input `others`, the factor of the learning rate of all but the registers. Default false. */
  readonly registersFirst?: boolean
  /** Layers whose class tokens are matched. Default: the last. */
  readonly classLayers?: readonly number[]
  /** Weights of the patches' loss and of the class tokens'. Default 1 and 0.5. */
  readonly weights?: { readonly patches: number; readonly cls: number }
  /** Default AdamW. */
  readonly optimizer?: Optimizer
  /** Largest norm of all gradients together. Default 1. */
  readonly clip?: number
  /** Batches of one step. Default 1. */
  readonly accumulate?: number
}

/** Below any share of attention that matters: keeps logarithms finite. */
const SMALLEST = 1e-8

/**
 * A training step of a student that is to give averaged targets for patches, and its teacher's class token of the same window
 * (arXiv 2505.21501): one less the cosine and smooth L1 of each; and, where it is asked for, the divergence of the class token's
 * attention from the averaged one.
 *
 * A batch, with R patches of each window and T tokens: `pixels` uint8 [batch][size][size][3]; `patches` float32 [batch][R][dim];
 * `cls` float32 [batch][layers * dim]; `rows` and `places` int64 [batch * R], see `VisiblePatches`; `keyBias` float32
 * [batch][1][1][T]; `attention` float32 [batch][heads][R], each row's sum 1; `others` float32 [].
 *
 * @param card - of the student
 * @param parameters - that it starts from: `student.` and Meta's names
 * @param options - windows, weights, what is asked for
 */
export function denoisingStep(card: ModelCard, parameters: Readonly<Record<string, Tensor>>, options: DenoisingStepOptions): TrainingStep {
  const { size, batch, attention = 0, optimizer = adamW(), clip = 1, accumulate = 1 } = options
  const { classLayers = [], weights = { patches: 1, cls: 0.5 } } = options
  const { patch, dim, heads, depth, registers } = card.architecture
  const layers = classLayers.length > 0 ? classLayers : [depth]
  const count = options.visible ?? (size / patch) ** 2
  return trainingStep({
    name: 'denoising',
    parameters,
    optimizer,
    accumulate,
    clip: { norm: clip },
    decayed: isMatrix,
    forward({ g, values }) {
      const pixels = g.input('pixels', 'uint8', [batch, size, size, 3])
      const patches = g.input('patches', 'float32', [batch, count, dim])
      const cls = g.input('cls', 'float32', [batch, layers.length * dim])
      const made = trainableVit(g, card, withoutPrefix(STUDENT_PREFIX, values)).tokens(pixels, [size, size], {
        layers,
        attention: attention > 0,
        ...(options.visible !== undefined && {
          visible: { count, rows: g.input('rows', 'int64', [batch * count]), places: g.input('places', 'int64', [batch * count]) },
        }),
        ...(options.keyBias && { keyBias: g.input('keyBias', 'float32', [batch, 1, 1, 1 + registers + count]) }),
      })
      const joined = made.layers.length === 1 ? made.layers[0]! : g.apply('Concat', [...made.layers], { axis: -1 })
      const outputs: Record<string, Value> = {
        patchCosine: cosineLoss(g, made.patches, patches),
        patchSmoothL1: smoothL1(g, made.patches, patches),
        clsCosine: cosineLoss(g, joined, cls),
        clsSmoothL1: smoothL1(g, joined, cls),
      }
      const factors: Record<string, number> = {
        patchCosine: weights.patches,
        patchSmoothL1: weights.patches,
        clsCosine: weights.cls,
        clsSmoothL1: weights.cls,
      }
      if (attention > 0) {
        outputs.attentionDivergence = divergence(g, g.input('attention', 'float32', [batch, heads, count]), made.attention!)
        factors.attentionDivergence = attention
      }
      const terms = Object.entries(outputs).map(([name, term]) => g.apply('Mul', [term, scalar(g, factors[name]!)]))
      const others = options.registersFirst ? g.input('others', 'float32', []) : undefined
      const held = others && Object.keys(parameters).filter((name) => name !== `${STUDENT_PREFIX}register_tokens`)
      return {
        loss: terms.reduce((sum, term) => g.apply('Add', [sum, term])),
        outputs,
        ...(held && { rates: Object.fromEntries(held.map((name) => [name, others])) }),
      }
    },
  })
}

/** Divergence (Kullback and Leibler) of shares from those wanted, the mean over images and heads; of what patches get together. */
function divergence(g: GraphBuilder, wanted: Value, attention: Value): Value {
  const logarithm = (value: Value): Value => g.apply('Log', [g.apply('Max', [value, scalar(g, SMALLEST)])])
  const together = g.apply('ReduceSum', [attention, g.integers(-1)], { keepdims: 1 })
  const apart = g.apply('Sub', [logarithm(wanted), logarithm(g.apply('Div', [attention, together]))])
  return mean(g, g.apply('ReduceSum', [g.apply('Mul', [wanted, apart]), g.integers(-1)], { keepdims: 0 }))
}
