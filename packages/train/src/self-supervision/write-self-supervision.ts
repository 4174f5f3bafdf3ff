import type { ModelCard } from '@dinokit/core'
import type { GraphBuilder, Value } from '@dinokit/onnx'
import { dinoHead, type DinoHeadParameters } from './dino-head.ts'
import { BACKBONE_PREFIX, HEAD_PREFIX, withoutPrefix } from '../step/prefixed.ts'
import { dinoLoss, ibotLoss, koLeoLoss } from './self-supervised-losses.ts'
import { centerTeacherLogits, updateCenter, sinkhorn } from './teacher-targets.ts'
import { trainableVit, type TrainableVitTokens } from '../distillation/trainable-vit.ts'
import type { ForwardInputs, ForwardValues } from '../step/training-step.ts'
import { rowLengths } from './row-lengths.ts'
import { mean, scalar } from '../step/scalar.ts'
import { gridsOf, projectTokens, readTeacher } from '../distillation/teacher-pair.ts'

/** Options of {@link writeSelfSupervision}. */
export interface SelfSupervision {
  readonly card: ModelCard
  readonly teacher?: ModelCard
  readonly crops: { readonly globalSize: number; readonly localSize: number; readonly locals: number }
  readonly targets: 'sinkhorn' | 'centering'
  readonly studentTemperature: number
  readonly stochasticDepth: boolean
  readonly weights: { readonly dino: number; readonly ibot: number; readonly koLeo: number }
}

/** Values that come in with a batch: see `selfSupervisedStep`. */
interface BatchValues {
  readonly global: Value
  readonly local: Value | undefined
  readonly globalKept: Value | undefined
  readonly localKept: Value | undefined
  /** Masks of the patches; undefined: all. */
  readonly masks: { readonly mask: Value; readonly masked: Value; readonly weights: Value } | undefined
  /** Tokens of a frozen teacher. */
  readonly teacher: Value | undefined
  readonly teacherTemperature: Value
  readonly lastLayerRate: Value
}

/** Logits of one network, and its class tokens. */
interface Logits {
  /** [2 B][prototypes] */
  readonly cls: Value
  /** [masked][prototypes]; of all patches where none are masked */
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
  const { cls, patches, buffers } = writeTargets(g, teacher, values, {
    targets: options.targets,
    teacherTemperature: batch.teacherTemperature,
  })

  const terms = 2 + 2 * locals
  const times = (value: Value, by: number): Value => g.apply('Mul', [value, scalar(g, by)])
  const { dino, ibot, koLeo } = options.weights
  const temperature = options.studentTemperature
  const crops = g.apply('Cast', [g.apply('Shape', [batch.global], { start: 0, end: 1 })], { to: 1 })
  const losses: Record<string, Value> = {
    'dino.global': times(globalLoss(g, student.cls, cls, temperature), (dino * 2) / terms),
    ibot: times(ibotLoss(g, student.patches, patches, { weights: patchWeights(g, batch, options), crops, temperature }), ibot),
    koLeo: times(spreadingLoss(g, student.tokens), koLeo),
  }
  if (student.local) {
    const perImage = dinoLoss(g, byCrop(g, student.local, locals), byCrop(g, cls, 2), temperature)
    losses['dino.local'] = times(perImage, dino / terms)
  }
  return {
    loss: Object.values(losses).reduce((sum, loss) => g.apply('Add', [sum, loss])),
    outputs: { ...losses, entropy: entropyOf(g, cls), spread: spreadOf(g, (options.teacher ? student : teacher).tokens) },
    buffers,
    rates: Object.fromEntries(['weight_g', 'weight_v'].map((name) => [`${HEAD_PREFIX}last_layer.${name}`, batch.lastLayerRate])),
  }
}

function declareBatch(g: GraphBuilder, { card, teacher, crops, stochasticDepth }: SelfSupervision): BatchValues {
  const { globalSize, localSize, locals } = crops
  const image = (name: string, side: number): Value => g.input(name, 'uint8', [`${name}Crops`, side, side, 3])
  const kept = (name: string): Value => g.input(`${name}Kept`, 'float32', [2 * card.architecture.depth, `${name}Crops`])
  const masks = (): BatchValues['masks'] => ({
    mask: g.input('mask', 'bool', ['globalCrops', (globalSize / card.architecture.patch) ** 2]),
    masked: g.input('masked', 'int64', ['masks']),
    weights: g.input('maskWeights', 'float32', ['masks']),
  })
  const tokens = ({ architecture: { patch, dim, registers } }: ModelCard): Value =>
    g.input('teacher', 'float32', ['globalCrops', 1 + registers + (globalSize / patch) ** 2, dim])
  return {
    globalKept: stochasticDepth ? kept('global') : undefined,
    localKept: stochasticDepth && locals > 0 ? kept('local') : undefined,
    global: image('global', globalSize),
    local: locals > 0 ? image('local', localSize) : undefined,
    masks: teacher ? undefined : masks(),
    teacher: teacher && tokens(teacher),
    teacherTemperature: g.input('teacherTemperature', 'float32', []),
    lastLayerRate: g.input('lastLayerRate', 'float32', []),
  }
}

function writeTeacher(g: GraphBuilder, averages: ForwardInputs['averages'], batch: BatchValues, options: SelfSupervision): Logits {
  const { cls, patches } = teacherTokens(g, averages, batch, options)
  const [classes, masked] = headOn(g, [cls, rowsAt(g, patches, batch, options)], averages)
  return { cls: classes!, patches: masked!, tokens: cls }
}

/** Writes the tokens of the frozen teacher, where there is one, else of the student's average. */
function teacherTokens(
  g: GraphBuilder,
  averages: ForwardInputs['averages'],
  batch: BatchValues,
  { card, teacher, crops }: SelfSupervision,
): TrainableVitTokens {
  const { globalSize } = crops
  if (batch.teacher && teacher) return readTeacher(g, batch.teacher, teacher, gridsOf({ student: card, teacher }, globalSize))
  const vit = trainableVit(g, card, withoutPrefix(BACKBONE_PREFIX, averages))
  return vit.tokens(batch.global, [globalSize, globalSize], { fused: true })
}

function writeStudent(g: GraphBuilder, values: ForwardInputs['values'], batch: BatchValues, options: SelfSupervision): Logits {
  const { globalSize, localSize } = options.crops
  const vit = trainableVit(g, options.card, withoutPrefix(BACKBONE_PREFIX, values))
  const seen = vit.tokens(batch.global, [globalSize, globalSize], {
    ...(batch.masks && { mask: batch.masks.mask }),
    ...(batch.globalKept && { kept: batch.globalKept }),
  })
  const { cls, patches } = projectTokens(g, seen, values)
  const local = batch.local && vit.tokens(batch.local, [localSize, localSize], batch.localKept ? { kept: batch.localKept } : {})
  const rows = [cls, rowsAt(g, patches, batch, options), ...(local ? [projectTokens(g, local, values).cls] : [])]
  const [classes, masked, small] = headOn(g, rows, values)
  return { cls: classes!, patches: masked!, ...(small && { local: small }), tokens: seen.cls }
}

/** The rows of [crops][patches][dim] that are looked at: those that are masked, or all. */
function rowsAt(g: GraphBuilder, patches: Value, { masks }: BatchValues, { card, teacher = card }: SelfSupervision): Value {
  const rows = g.apply('Reshape', [patches, g.integers(-1, teacher.architecture.dim)])
  return masks ? g.apply('Gather', [rows, masks.masked], { axis: 0 }) : rows
}

/** Writes the weight of each of those patches: a crop’s together one. */
function patchWeights(g: GraphBuilder, { masks }: BatchValues, { card, crops }: SelfSupervision): Value {
  return masks?.weights ?? scalar(g, (card.architecture.patch / crops.globalSize) ** 2)
}

/** The head of several groups of rows at once, so that its weights are normalized and differentiated once. */
function headOn(g: GraphBuilder, groups: readonly Value[], parameters: Readonly<Record<string, Value>>): Value[] {
  const counts = groups.map((rows) => g.apply('Shape', [rows], { start: 0, end: 1 }))
  const logits = dinoHead(g, g.apply('Concat', groups, { axis: 0 }), withoutPrefix(HEAD_PREFIX, parameters) as DinoHeadParameters)
  return g.applyMany('Split', groups.length, [logits, g.apply('Concat', counts, { axis: 0 })], { axis: 0 })
}

/** The teacher's probabilities, and what centers become where there are any. */
function writeTargets(
  g: GraphBuilder,
  teacher: Logits,
  values: ForwardInputs['values'],
  { targets, teacherTemperature }: Pick<SelfSupervision, 'targets'> & Pick<BatchValues, 'teacherTemperature'>,
): { readonly cls: Value; readonly patches: Value; readonly buffers: Readonly<Record<string, Value>> } {
  if (targets === 'sinkhorn') {
    const of = (logits: Value): Value => sinkhorn(g, logits, teacherTemperature)
    return { cls: of(teacher.cls), patches: of(teacher.patches), buffers: {} }
  }
  const [ofCls, ofPatches] = [values['center.cls']!, values['center.patches']!]
  return {
    cls: centerTeacherLogits(g, teacher.cls, ofCls, teacherTemperature),
    patches: centerTeacherLogits(g, teacher.patches, ofPatches, teacherTemperature),
    buffers: {
      'center.cls': updateCenter(g, ofCls, teacher.cls),
      'center.patches': updateCenter(g, ofPatches, teacher.patches),
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

/** Writes the entropy of probabilities, in nats, the mean of the rows. */
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
