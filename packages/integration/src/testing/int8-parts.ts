import { encodeModel, type Graph, type GraphNode, type Weight } from '@dinokit/onnx'
import { TINY_CALIBRATION } from '@dinokit/model-tiny/calibration'
import { preciseGraph, readCalibration, type Calibration, type VitBackbone } from '@dinokit/vit'
import type { OnnxModel, Runtime, Tensor } from '@dinokit/core'
import { loadBackbone } from 'dinokit'

/** Network in 8 bits of which parts are looked at. */
export interface Int8Parts {
  readonly backbone: VitBackbone
  readonly calibration: Calibration
  /** Whether levels are unsigned. */
  readonly unsigned: boolean
}

/** Reads the calibration of the embedded model. */
export const readTinyCalibration = async (runtime: Pick<Runtime<never>, 'readAsset'>): Promise<Calibration> =>
  readCalibration(await runtime.readAsset({ kind: 'file', path: TINY_CALIBRATION.href }))

/** Opens the embedded model, with its calibration. */
export const openTinyParts = async (runtime: Parameters<typeof loadBackbone>[0]): Promise<Omit<Int8Parts, 'unsigned'>> => ({
  backbone: (await loadBackbone(runtime, 'tiny')) as VitBackbone,
  calibration: await readTinyCalibration(runtime),
})

/** The largest number of a tensor, without its sign. */
export const largestOf = ({ data }: Tensor): number => data.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0)

const graphOf = ({ backbone, ...form }: Int8Parts): Graph => preciseGraph(backbone, { precision: 'int8', ...form }, {})

async function sha256(bytes: Uint8Array): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes.slice()))
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** Digests of each matrix in 8 bits: of its levels as signed ones, its scales, and the factors of its input. */
export async function digestsOf(network: Int8Parts): Promise<Record<string, Record<string, string>>> {
  const found: Record<string, Record<string, string>> = {}
  for (const [name, weight] of graphOf(network).weights) {
    const [, matrix, kind] = /^(.+)\.(levels|scales|factors)$/.exec(name) ?? []
    if (!matrix) continue
    const bytes = await weight.read()
    ;(found[matrix] ??= {})[kind!] = await sha256(kind === 'levels' && network.unsigned ? bytes.map((level) => level - 128) : bytes)
  }
  return found
}

/** Input of a layer in 8 bits, before it is multiplied by factors. */
interface LevelInput {
  /** Such as `block9.outer`. */
  readonly layer: string
  /** Name of its value in the graph. */
  readonly value: string
  /** Node that multiplies it by factors. */
  readonly multiplied: GraphNode | undefined
  readonly product: GraphNode
}

function levelInputs({ nodes }: Graph): LevelInput[] {
  return nodes.flatMap((product) => {
    if (product.operator !== 'DynamicQuantizeMatMul') return []
    const [x, levels] = product.inputs
    const multiplied = nodes.find(({ operator, outputs }) => operator === 'Mul' && outputs[0] === x)
    return [{ layer: levels!.name.replace('.weight.levels', ''), value: (multiplied?.inputs[0] ?? x)!.name, multiplied, product }]
  })
}

const identity = (from: string, to: string): GraphNode<'Identity'> => ({
  operator: 'Identity',
  inputs: [{ name: from }],
  outputs: [{ name: to }],
  attributes: {},
})

/**
 * Writes the layers of a block that are in 8 bits by themselves: an output each by its role, and the names of their inputs, by role too. There
 * is an input `pixels` besides, uint8 [1], which nothing reads: the kernels are for networks of images alone.
 */
export function layersAlone(
  network: Int8Parts,
  block: number,
): { readonly model: OnnxModel; readonly inputs: ReadonlyMap<string, string> } {
  const graph = graphOf(network)
  const prefix = `block${block}.`
  const found = levelInputs(graph).filter(({ layer }) => layer.startsWith(prefix))
  const role = ({ layer }: LevelInput): string => layer.slice(prefix.length)
  const shapeOf = ({ layer }: LevelInput): readonly number[] => graph.weights.get(`${layer}.weight.levels`)!.shape
  const widths = new Map(found.map((one) => [one.value, shapeOf(one)[0]!]))
  const multiplied = new Set(found.flatMap((one) => one.multiplied ?? []))
  const model = encodeModel({
    ...graph,
    inputs: [
      { value: { name: 'pixels' }, dtype: 'uint8', shape: [1] },
      ...Array.from(widths, ([name, width]) => ({ value: { name }, dtype: 'float32', shape: ['rows', width] }) as const),
    ],
    outputs: found.map((one) => ({ value: { name: role(one) }, dtype: 'float32', shape: ['rows', shapeOf(one)[1]!] })),
    nodes: [
      ...multiplied,
      ...found.map(({ product }) => product),
      ...found.map((one) => identity(one.product.outputs[0]!.name, role(one))),
    ],
    weights: new Map([...graph.weights].filter(([name]) => name.startsWith(prefix))),
  })
  return { model, inputs: new Map(found.map((one) => [role(one), one.value])) }
}

/** Writes a network whose outputs are its tokens and the inputs of some layers in 8 bits, by the layers' names. */
export function withLevelInputs(network: Int8Parts, layers: readonly string[]): OnnxModel {
  const graph = graphOf(network)
  const found = levelInputs(graph).filter(({ layer }) => layers.includes(layer))
  return encodeModel({
    ...graph,
    nodes: [...graph.nodes, ...found.map(({ layer, value }) => identity(value, layer))],
    outputs: [
      ...graph.outputs,
      ...found.map(({ layer }) => {
        const [width] = graph.weights.get(`${layer}.weight.levels`)!.shape
        return { value: { name: layer }, dtype: 'float32', shape: ['rows', width!] } as const
      }),
    ],
  })
}

/** Writes a network of one block, whose input `positions` is the stream before it, [tokens][dim], and whose output `raw1` is the one after it. */
export function blockAlone({ backbone, calibration, unsigned }: Int8Parts, block: number): OnnxModel {
  const { card, weights } = backbone
  const nothing = ({ shape, dtype }: Weight): Weight => ({
    ...{ shape, dtype },
    read: () => new Uint8Array(4 * shape.reduce((product, length) => product * length)),
  })
  const prefix = `block${block}.`
  const first = (name: string): string[] => (name.startsWith(prefix) ? [`block1.${name.slice(prefix.length)}`] : [])
  const alone: VitBackbone = {
    ...backbone,
    // Without tokens before the patches, and with patches that add nothing, the positions are what the block is given.
    card: { ...card, architecture: { ...card.architecture, depth: 1, registers: 0, pooling: 'mean' } },
    weights: {
      ...{ ...weights, prefix: undefined, blocks: [weights.blocks[block - 1]!] },
      ...{ patchWeight: nothing(weights.patchWeight), patchBias: nothing(weights.patchBias) },
    },
  }
  const largest = new Map([...calibration.largest].flatMap(([name, values]) => first(name).map((own) => [own, values] as const)))
  const form = {
    precision: 'int8',
    calibration: { ...calibration, largest, float32: calibration.float32.flatMap(first) },
    unsigned,
  } as const
  return encodeModel(preciseGraph(alone, form, { rawLayers: [1] }))
}

/** Brings rows to the 256 levels of ONNX's DynamicQuantizeLinear, which they share. */
export function levelsOf(x: Float32Array): Uint8Array {
  const f = Math.fround
  const even = (value: number): number => value + 1.5 * 2 ** 52 - 1.5 * 2 ** 52
  let [low, high] = [0, 0]
  for (const value of x) [low, high] = [Math.min(low, value), Math.max(high, value)]
  const step = f(f(high - low) / 255)
  const zero = even(f(-low / step))
  return Uint8Array.from(x, (value) => Math.max(0, Math.min(255, even(f(value / step)) + zero)))
}
