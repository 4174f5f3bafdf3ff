import type { ModelCard } from '@dinokit/core'
import type { GraphBuilder, Value } from '@dinokit/onnx'
import { dinoHead, type DinoHeadParameters } from '../dino-head.ts'
import { BACKBONE_PREFIX, HEAD_PREFIX, withoutPrefix } from '../prefixed.ts'
import { dinoLoss, ibotLoss, koLeoLoss } from '../self-supervised-losses.ts'
import { centred, movedCentre, sinkhorn } from '../teacher-targets.ts'
import { trainableVit } from '../trainable-vit.ts'
import type { ForwardInputs, ForwardValues } from '../training-step.ts'
import { rowLengths } from './row-lengths.ts'
import { mean, scalar } from './scalar.ts'

/** What {@link writeSelfSupervision} needs to know. */
export interface SelfSupervision {
  readonly card: ModelCard
  readonly crops: { readonly globalSize: number; readonly localSize: number; readonly locals: number }
  readonly targets: 'sinkhorn' | 'centring'
  readonly studentTemperature: number
  readonly stochasticDepth: boolean
  readonly weights: { readonly dino: number; readonly ibot: number; readonly koLeo: number }
}

/** What comes in with a batch: see `selfSupervisedStep`. */
interface BatchValues {
  readonly global: Value
  readonly local: Value | undefined
  readonly globalKept: Value | undefined
  readonly localKept: Value | undefined
  readonly mask: Value
  readonly masked: Value
  readonly maskWeights: Value
  readonly teacherTemperature: Value
  readonly lastLayerRate: Value
}

/** Logits of one network, and its class tokens. */
interface Logits {
  /** [2 B][prototypes] */
  readonly cls: Value
  /** [masked][prototypes] */
  readonly patches: Value
  /** [locals * B][prototypes]; the student’s alone. */
  readonly local?: Value
  /** [2 B][dim] */
  readonly tokens: Value
}

/** Writes student, teacher and the sum of their losses. */
export function writeSelfSupervision({ g, values, averages }: ForwardInputs, options: SelfSupervision): ForwardValues {
  const { locals } = options.crops
  const batch = declareBatch(g, options)
  const teacher = writeTeacher(g, averages, batch, options)
  const student = writeStudent(g, values, batch, options)
  const { cls, patches, buffers } = writeTargets(g, teacher, values, batch, options)

  const terms = 2 + 2 * locals
  const times = (value: Value, by: number): Value => g.apply('Mul', [value, scalar(g, by)])
  const { dino, ibot, koLeo } = options.weights
  const crops = g.apply('Cast', [g.apply('Shape', [batch.global], { start: 0, end: 1 })], { to: 1 })
  const losses: Record<string, Value> = {
    'dino.global': times(globalLoss(g, student.cls, cls, options.studentTemperature), (dino * 2) / terms),
    ibot: times(ibotLoss(g, student.patches, patches, batch.maskWeights, crops, options.studentTemperature), ibot),
    koLeo: times(spreadingLoss(g, student.tokens), koLeo),
  }
  if (student.local) {
    const perPicture = dinoLoss(g, byCrop(g, student.local, locals), byCrop(g, cls, 2), options.studentTemperature)
    losses['dino.local'] = times(perPicture, dino / terms)
  }
  return {
    loss: Object.values(losses).reduce((sum, loss) => g.apply('Add', [sum, loss])),
    outputs: { ...losses, entropy: entropyOf(g, cls), spread: spreadOf(g, teacher.tokens) },
    buffers,
    rates: Object.fromEntries(['weight_g', 'weight_v'].map((name) => [`${HEAD_PREFIX}last_layer.${name}`, batch.lastLayerRate])),
  }
}

function declareBatch(g: GraphBuilder, { card, crops, stochasticDepth }: SelfSupervision): BatchValues {
  const { globalSize, localSize, locals } = crops
  const picture = (name: string, side: number): Value => g.input(name, 'uint8', [`${name}Crops`, side, side, 3])
  const kept = (name: string): Value => g.input(`${name}Kept`, 'float32', [2 * card.architecture.depth, `${name}Crops`])
  return {
    globalKept: stochasticDepth ? kept('global') : undefined,
    localKept: stochasticDepth && locals > 0 ? kept('local') : undefined,
    global: picture('global', globalSize),
    local: locals > 0 ? picture('local', localSize) : undefined,
    mask: g.input('mask', 'bool', ['globalCrops', (globalSize / card.architecture.patch) ** 2]),
    masked: g.input('masked', 'int64', ['masks']),
    maskWeights: g.input('maskWeights', 'float32', ['masks']),
    teacherTemperature: g.input('teacherTemperature', 'float32', []),
    lastLayerRate: g.input('lastLayerRate', 'float32', []),
  }
}

function writeTeacher(g: GraphBuilder, averages: ForwardInputs['averages'], batch: BatchValues, { card, crops }: SelfSupervision): Logits {
  const vit = trainableVit(g, card, withoutPrefix(BACKBONE_PREFIX, averages))
  const { cls, patches } = vit.tokens(batch.global, [crops.globalSize, crops.globalSize], { fused: true })
  const [classes, masked] = headOn(g, [cls, rowsAt(g, patches, batch.masked, card)], averages)
  return { cls: classes!, patches: masked!, tokens: cls }
}

function writeStudent(g: GraphBuilder, values: ForwardInputs['values'], batch: BatchValues, { card, crops }: SelfSupervision): Logits {
  const vit = trainableVit(g, card, withoutPrefix(BACKBONE_PREFIX, values))
  const { cls, patches } = vit.tokens(batch.global, [crops.globalSize, crops.globalSize], {
    mask: batch.mask,
    ...(batch.globalKept && { kept: batch.globalKept }),
  })
  const local =
    batch.local && vit.tokens(batch.local, [crops.localSize, crops.localSize], batch.localKept ? { kept: batch.localKept } : {}).cls
  const rows = [cls, rowsAt(g, patches, batch.masked, card), ...(local ? [local] : [])]
  const [classes, masked, small] = headOn(g, rows, values)
  return { cls: classes!, patches: masked!, ...(small && { local: small }), tokens: cls }
}

/** Chosen rows of [crops][patches][dim]. */
function rowsAt(g: GraphBuilder, patches: Value, indices: Value, { architecture }: ModelCard): Value {
  return g.apply('Gather', [g.apply('Reshape', [patches, g.integers(-1, architecture.dim)]), indices], { axis: 0 })
}

/** The head of several groups of rows at once, so that its weights are normalised and differentiated once. */
function headOn(g: GraphBuilder, groups: readonly Value[], parameters: Readonly<Record<string, Value>>): Value[] {
  const counts = groups.map((rows) => g.apply('Shape', [rows], { start: 0, end: 1 }))
  const logits = dinoHead(g, g.apply('Concat', groups, { axis: 0 }), withoutPrefix(HEAD_PREFIX, parameters) as DinoHeadParameters)
  return g.applyMany('Split', groups.length, [logits, g.apply('Concat', counts, { axis: 0 })], { axis: 0 })
}

/** The teacher's probabilities, and what centres become where there are any. */
function writeTargets(
  g: GraphBuilder,
  teacher: Logits,
  values: ForwardInputs['values'],
  { teacherTemperature }: BatchValues,
  { targets }: SelfSupervision,
): { readonly cls: Value; readonly patches: Value; readonly buffers: Readonly<Record<string, Value>> } {
  if (targets === 'sinkhorn') {
    const of = (logits: Value): Value => sinkhorn(g, logits, teacherTemperature)
    return { cls: of(teacher.cls), patches: of(teacher.patches), buffers: {} }
  }
  const [ofCls, ofPatches] = [values['centre.cls']!, values['centre.patches']!]
  return {
    cls: centred(g, teacher.cls, ofCls, teacherTemperature),
    patches: centred(g, teacher.patches, ofPatches, teacherTemperature),
    buffers: {
      'centre.cls': movedCentre(g, ofCls, teacher.cls),
      'centre.patches': movedCentre(g, ofPatches, teacher.patches),
    },
  }
}

/** [crops * B][width] as [crops][B][width]. */
function byCrop(g: GraphBuilder, rows: Value, crops: number): Value {
  const width = g.apply('Shape', [rows], { start: 1, end: 2 })
  return g.apply('Reshape', [rows, g.apply('Concat', [g.integers(crops, -1), width], { axis: 0 })])
}

/** Each student crop with the teacher’s other crop, both as one batch. */
function globalLoss(g: GraphBuilder, students: Value, targets: Value, temperature: number): Value {
  const [first, second] = g.applyMany('Split', 2, [byCrop(g, targets, 2)], { axis: 0, num_outputs: 2 }) as [Value, Value]
  const other = g.apply('Concat', [second, first], { axis: 1 })
  return dinoLoss(g, byCrop(g, students, 1), other, temperature)
}

/** KoLeo of each global crop’s class tokens. */
function spreadingLoss(g: GraphBuilder, tokens: Value): Value {
  const perCrop = g.applyMany('Split', 2, [byCrop(g, tokens, 2)], { axis: 0, num_outputs: 2 })
  const [first, second] = perCrop.map((crop) => koLeoLoss(g, g.apply('Squeeze', [crop, g.integers(0)])))
  return g.apply('Add', [first, second])
}

/** Of probabilities, in nats, the mean of the rows. */
function entropyOf(g: GraphBuilder, probabilities: Value): Value {
  const logs = g.apply('Log', [g.apply('Max', [probabilities, scalar(g, 1e-30)])])
  const perRow = g.apply('ReduceSum', [g.apply('Mul', [probabilities, logs]), g.integers(-1)], { keepdims: 0 })
  return g.apply('Neg', [mean(g, perRow)])
}

/** The root of the mean square distance of directions from their mean: 0 where all are one, near 1 where they are spread. */
function spreadOf(g: GraphBuilder, tokens: Value): Value {
  const directions = g.apply('Div', [tokens, rowLengths(g, tokens, 1e-12)])
  const away = g.apply('Sub', [directions, g.apply('ReduceMean', [directions, g.integers(0)], { keepdims: 1 })])
  return g.apply('Sqrt', [mean(g, g.apply('ReduceSum', [g.apply('Mul', [away, away]), g.integers(-1)], { keepdims: 0 }))])
}
