import type { StoredTensor, TensorFile } from '@dinokit/checkpoint'
import { bytesSource, DinokitError, type ModelCard, type OwnHead } from '@dinokit/core'
import { HEAD_FORMAT, type ClassInfo, type HeadFile, type HeadInput, type HeadStep, type HeadTensor } from '../head-file.ts'
import { writeHeadFile } from '../write-head-file.ts'

/** Options of {@link ownClassifier} beside the model's tensors. */
export interface FineTuned {
  /** Tensors by the names of one of dinokit's layouts. */
  readonly file: TensorFile
  /** Whose names they are. */
  readonly layout: 'meta' | 'huggingface' | 'timm'
  /** Prefix of the backbone's names. */
  readonly prefix: string
  readonly card: ModelCard
  /** The parsed config.json beside the file. */
  readonly config?: Readonly<Record<string, unknown>>
}

interface Found {
  readonly weight: string
  readonly input: Omit<HeadInput, 'layers'>
  /** A LayerNorm of the pooled tokens, before the matrix. */
  readonly norm?: string
  /** Pooling that no head has, or that nothing says. */
  readonly refused?: DinokitError
}

/**
 * The classifier that a fine-tuned model has in its own file: transformers' `Dinov2ForImageClassification` (class token and mean of
 * the patches, without registers), with registers too, its ViT and DeiT (class token); timm's `num_classes` above 0 by its own
 * pooling. A matrix of somebody's own module is not taken for one.
 *
 * @param model - the file, the card, the configuration
 * @returns a head file that is written when it is opened, or undefined where there is none; opening it throws `model-unsupported`
 *   where two classifiers answer together, or where timm's pooling is another one or is not said
 */
export function ownClassifier(model: FineTuned): OwnHead | undefined {
  const { file, card } = model
  const second = secondClassifier(model)
  if (second !== undefined) return { kind: 'own', open: () => Promise.reject(twoClassifiers(file.name, second)) }
  const found = model.layout === 'huggingface' ? huggingFace(model) : model.layout === 'timm' ? timm(model) : undefined
  const weight = found && file.tensors.get(found.weight)
  if (!found || weight?.shape.length !== 2) return undefined
  const { dim, depth } = card.architecture
  const [count, width] = weight.shape as [number, number]
  if (width !== dim * found.input.tokens.length) return undefined
  const { refused } = found
  if (refused) return { kind: 'own', open: () => Promise.reject(refused) }
  const layerNorm: readonly HeadStep[] = found.norm === undefined ? [] : [{ kind: 'layernorm', eps: card.architecture.layerNormEps }]
  const classes = classesOf(model.config, count)
  const open = async (): Promise<HeadFile> => ({
    description: {
      format: HEAD_FORMAT,
      task: 'classification',
      name: `the classifier of ${card.id}`,
      backbone: { dim },
      input: { layers: [depth], ...found.input },
      network: [...layerNorm, { kind: 'linear' }],
      output: { kind: 'classes' },
      ...(classes && { classes }),
    },
    tensors: new Map([
      ...(await read(file, `network.0`, found.norm)),
      ...(await read(file, `network.${layerNorm.length}`, found.weight.replace(/\.weight$/, ''))),
    ]),
  })
  return { kind: 'own', open: async () => bytesSource(`the classifier of ${file.name}`, writeHeadFile(await open())) }
}

const CLS_AND_MEAN: Found['input'] = { norm: true, tokens: ['cls', 'mean'] }
const CLS: Found['input'] = { norm: true, tokens: ['cls'] }

/** transformers' modules, by what they call the backbone in them. */
const CONTAINERS: Readonly<Record<string, Found['input']>> = {
  dinov2: CLS_AND_MEAN,
  dinov2_with_registers: CLS_AND_MEAN,
  vit: CLS,
  deit: CLS,
}

function huggingFace({ prefix }: FineTuned): Found | undefined {
  const [, before = '', name] = /^(.*\.)?(\w+)\.$/.exec(prefix) ?? []
  const input = name !== undefined && Object.hasOwn(CONTAINERS, name) ? CONTAINERS[name] : undefined
  return input && { weight: `${before}classifier.weight`, input }
}

/** timm pools by the class token, or by the mean of the patches; where it does the latter, `fc_norm` follows by default. */
function timm({ file, prefix, config, card }: FineTuned): Found | undefined {
  const pool = config?.global_pool
  const args = (config?.model_args ?? {}) as Readonly<Record<string, unknown>>
  const norm = file.tensors.has(`${prefix}fc_norm.weight`) ? `${prefix}fc_norm` : undefined
  const weight = `${prefix}head.weight`
  if (pool === 'avg' && args.pool_include_prefix !== true)
    return { weight, input: { norm: norm === undefined, tokens: ['mean'] }, ...(norm !== undefined && { norm }) }
  if (pool === 'token' && card.architecture.pooling !== 'mean' && norm === undefined) return { weight, input: CLS }
  return { weight, input: CLS, refused: unknownPooling(file.name, pool === 'avg' ? 'avg with pool_include_prefix' : pool) }
}

function unknownPooling(file: string, pool: unknown): DinokitError {
  const said = typeof pool === 'string'
  return new DinokitError(
    'model-unsupported',
    said
      ? `The classifier of ${file} pools its tokens by ${JSON.stringify(pool)}, which is not supported.`
      : `${file} has a classifier, and nothing says how it pools the tokens.`,
    {
      given: said ? `global_pool ${pool}` : 'no config.json of timm beside it, or none with global_pool',
      expected: 'global_pool token or avg',
      hint: said
        ? 'The tokens are right: pool them and apply the matrix yourself, or give a head of your own: --head FILE.'
        : 'Put the config.json that timm writes beside it, or give a head of your own: --head FILE.',
    },
  )
}

/** The classifier of the distillation token, where there is one beside that of the class token: the mean of both is the answer. */
function secondClassifier({ file, layout, prefix }: FineTuned): string | undefined {
  const name = layout === 'timm' ? `${prefix}head_dist.weight` : `${/^(.*\.)?\w+\.$/.exec(prefix)?.[1] ?? ''}distillation_classifier.weight`
  return file.tensors.has(name) ? name : undefined
}

function twoClassifiers(file: string, second: string): DinokitError {
  return new DinokitError(
    'model-unsupported',
    `${file} has two classifiers, whose mean is its answer: of the class token and of the distillation token.`,
    {
      given: `a tensor ${second} beside the first classifier`,
      expected: 'one classifier',
      hint: 'The tokens are right: apply the first matrix to tokens.cls, the second to row 0 of tokens.registers, and take the mean. Or give a head of your own: --head FILE.',
    },
  )
}

async function read(file: TensorFile, step: string, name: string | undefined): Promise<[string, HeadTensor][]> {
  const stored = ['weight', 'bias'].flatMap((parameter): [string, StoredTensor][] => {
    const tensor = name === undefined ? undefined : file.tensors.get(`${name}.${parameter}`)
    return tensor ? [[`${step}.${parameter}`, tensor]] : []
  })
  return Promise.all(stored.map(async ([name, tensor]) => [name, { shape: tensor.shape, data: await tensor.readFloat32() }] as const)).then(
    (tensors) => tensors.map(([name, tensor]) => [name, tensor]),
  )
}

/** The names of the classes: transformers' `id2label`, without the numbers that it writes where there are no names; timm's `label_names`. */
function classesOf(config: FineTuned['config'], count: number): ClassInfo[] | undefined {
  const labels = config?.id2label ?? config?.label_names
  if (typeof labels !== 'object' || labels === null) return undefined
  const names = Array.from({ length: count }, (_, index) => (labels as Readonly<Record<number, unknown>>)[index])
  const named = names.every((name) => typeof name === 'string') && !names.every((name, index) => name === `LABEL_${index}`)
  return named ? names.map((name) => ({ name })) : undefined
}
