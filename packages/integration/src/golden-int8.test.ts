import { TINY_CALIBRATION } from '@dinokit/model-tiny/calibration'
import { encodeModel, saturates, type Graph, type GraphNode, type Weight } from '@dinokit/onnx'
import { largestDifference, ownGoldens } from '@dinokit/testing'
import { preciseGraph, readCalibration, type Calibration, type VitBackbone } from '@dinokit/vit'
import { createRuntime, loadBackbone, tensor, type Tensor } from 'dinokit'
import { afterAll, beforeAll, expect, test } from 'vitest'

const inBrowser = 'document' in globalThis
const engineName = inBrowser ? /^dinokit kernels/ : /^onnxruntime/
const runtime = createRuntime({ device: inBrowser ? 'wasm' : 'cpu' })

let tiny: VitBackbone
let calibration: Calibration
/** Forms of levels that this engine multiplies exactly. */
let exactForms: boolean[]

beforeAll(async () => {
  tiny = (await loadBackbone(runtime, 'tiny')) as VitBackbone
  calibration = await readCalibration(await runtime.readAsset({ kind: 'file', path: TINY_CALIBRATION.href }))
  exactForms = (await saturates(runtime)) ? [true] : [false, true]
})
afterAll(() => tiny.close())

async function digestOf(bytes: Uint8Array): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes.slice()))
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** Digests of each matrix in 8 bits: of its levels as signed ones, its scales, and the factors of its input. */
async function digestsOf(graph: Graph, center: number): Promise<Record<string, Record<string, string>>> {
  const found: Record<string, Record<string, string>> = {}
  for (const [name, weight] of graph.weights) {
    const [, matrix, kind] = /^(.+)\.(levels|scales|factors)$/.exec(name) ?? []
    if (!matrix) continue
    const bytes = await weight.read()
    ;(found[matrix] ??= {})[kind!] = await digestOf(kind === 'levels' ? bytes.map((level) => level - center) : bytes)
  }
  return found
}

test('makes the very levels and scales of weights that numpy makes of the embedded model, as the calibration says', async () => {
  const expected = JSON.parse(new TextDecoder().decode(await ownGoldens.read('int8/tiny.json'))) as unknown
  for (const unsigned of [false, true]) {
    const graph = preciseGraph(tiny, { precision: 'int8', calibration, unsigned }, {})
    expect(await digestsOf(graph, unsigned ? 128 : 0)).toEqual(expected)
  }
})

/** The layers of a block that are in 8 bits, each with its group's input and an output by the layer's role. */
function layersOf({ nodes, weights, ...graph }: Graph, block: string): Graph & { readonly roles: ReadonlyMap<string, string> } {
  const matrices = nodes.filter(({ operator, inputs }) => operator === 'DynamicQuantizeMatMul' && inputs[1]!.name.startsWith(block))
  const made = new Set(matrices.map(({ inputs }) => inputs[0]!.name))
  const factors = nodes.filter(({ operator, outputs }) => operator === 'Mul' && made.has(outputs[0]!.name))
  const roles = new Map<string, string>()
  const widths = new Map<string, number>()
  const outputs = matrices.map(({ inputs: [x, levels], outputs: [y] }) => {
    const [, role] = /^\w+\.(\w+)\./.exec(levels!.name) as unknown as [string, string]
    const from = factors.find(({ outputs }) => outputs[0]!.name === x!.name)?.inputs[0] ?? x!
    const [input, out] = weights.get(levels!.name)!.shape as [number, number]
    roles.set(role, from.name)
    widths.set(from.name, input)
    return { role, out, node: { operator: 'Identity', inputs: [y], outputs: [{ name: role }], attributes: {} } satisfies GraphNode }
  })
  return {
    ...graph,
    roles,
    // Kernels are for networks of images alone: nothing reads them here.
    inputs: [
      { value: { name: 'pixels' }, dtype: 'uint8', shape: [1] },
      ...Array.from(widths, ([name, width]) => ({ value: { name }, dtype: 'float32', shape: ['rows', width] }) as const),
    ],
    outputs: outputs.map(({ role, out }) => ({ value: { name: role }, dtype: 'float32', shape: ['rows', out] })),
    nodes: [...factors, ...matrices, ...outputs.map(({ node }) => node)],
    weights: new Map(Array.from(weights).filter(([name]) => name.startsWith(block))),
  }
}

/** Groups of the layers. */
const GROUPS: Readonly<Record<string, string>> = { query: 'facets', key: 'facets', value: 'facets' }

test('gives what numpy gives of rows in 8 bits by each layer of a block, within a millionth of the largest', async () => {
  const expected = await ownGoldens.tensors('int8/tiny-layers.safetensors')
  for (const unsigned of exactForms) {
    const { roles, ...graph } = layersOf(preciseGraph(tiny, { precision: 'int8', calibration, unsigned }, {}), 'block9.')
    expect([...roles.keys()].sort()).toEqual(['inner', 'key', 'outer', 'projection', 'query', 'value'])
    await using session = await runtime.createSession(encodeModel(graph))
    expect(session.engine.name).toMatch(engineName)
    const rows = (role: string): Tensor => {
      const { data, shape } = expected[`${GROUPS[role] ?? role}.x`]!
      return tensor('float32', data as Float32Array, shape)
    }
    const outputs = await session.run({
      pixels: tensor('uint8', new Uint8Array(1), [1]),
      ...Object.fromEntries(Array.from(roles, ([role, name]) => [name, rows(role)])),
    })
    for (const role of roles.keys()) {
      const known = expected[role]!.data as Float32Array
      const largest = Math.max(...known.map(Math.abs))
      expect(largestDifference(outputs[role]!.data as Float32Array, known), role).toBeLessThanOrEqual(1e-6 * largest)
    }
  }
})

/** A network of one block alone, whose positions are the stream before it: its patches add nothing to them. */
function blockAlone(block: number): Graph {
  const { card, weights } = tiny
  const zeros = ({ shape, dtype }: Weight): Weight => ({
    ...{ shape, dtype },
    read: () => new Uint8Array(4 * shape.reduce((product, length) => product * length)),
  })
  const named = (name: string): string => name.replace(`block${block}.`, 'block1.')
  return preciseGraph(
    {
      ...tiny,
      card: { ...card, architecture: { ...card.architecture, depth: 1, pooling: 'mean' } },
      weights: {
        ...weights,
        ...{ patchWeight: zeros(weights.patchWeight), patchBias: zeros(weights.patchBias), prefix: undefined },
        blocks: [weights.blocks[block - 1]!],
      },
    },
    {
      precision: 'int8',
      calibration: {
        ...calibration,
        largest: new Map(Array.from(calibration.largest).flatMap(([name, of]) => (named(name) === name ? [] : [[named(name), of]]))),
        float32: calibration.float32.flatMap((name) => (named(name) === name ? [] : [named(name)])),
      },
      unsigned: exactForms[0]!,
    },
    { rawLayers: [1] },
  )
}

test('gives what numpy gives of the stream before each block with layers in 8 bits, within 1e-5', async () => {
  const expected = await ownGoldens.tensors('int8/tiny-blocks.safetensors')
  const blocks = Object.keys(expected).flatMap((name) => /^block(\d+)\.x$/.exec(name)?.[1] ?? [])
  expect(blocks.map(Number).sort((a, b) => a - b)).toEqual([3, 4, 7, 8, 9, 10, 11, 12])
  for (const block of blocks) {
    const [x, y] = [expected[`block${block}.x`]!, expected[`block${block}.y`]!]
    const [tokens] = x.shape as [number, number]
    const { patch } = tiny.card.architecture
    const pixels = tensor('uint8', new Uint8Array(3 * tokens * patch * patch), [1, patch, tokens * patch, 3])
    await using session = await runtime.createSession(encodeModel(blockAlone(Number(block))))
    expect(session.engine.name).toMatch(engineName)
    const { raw1 } = await session.run({ pixels, positions: tensor('float32', x.data as Float32Array, x.shape) })
    expect(largestDifference(raw1!.data as Float32Array, y.data as Float32Array), block).toBeLessThanOrEqual(1e-5)
  }
})
