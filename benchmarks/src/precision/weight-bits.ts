import { DinokitError, tensor, type Runtime } from '@dinokit/core'
import { createGraphBuilder, encodeModel, quantizeLinears, type Graph, type GraphNode } from '@dinokit/onnx'
import { table } from '../lib/table.ts'

/** One linear layer of a ViT-S: rows of an image, inputs, outputs. */
const [ROWS, INPUT, OUT] = [257, 384, 1536]
/** Values of a row that share a scale, as in quantizeLinears. */
const BLOCK = 32

/** Numbers of a normal distribution, by the sum of twelve even ones, the same every time. */
function normal(count: number, seed: number): Float32Array {
  let state = seed
  const even = (): number => (state = (state * 48271) % 2147483647) / 2147483647
  return Float32Array.from({ length: count }, () => Array.from({ length: 12 }, even).reduce((sum, value) => sum + value, -6))
}

const X = normal(ROWS * INPUT, 1)
const MATRIX = normal(OUT * INPUT, 2)

function linearGraph(): Graph {
  const g = createGraphBuilder('linear')
  const x = g.input('x', 'float32', ['rows', INPUT])
  const matrix = g.weight('matrix', { dtype: 'float32', shape: [OUT, INPUT], read: () => new Uint8Array(MATRIX.buffer) })
  const bias = g.weight('bias', { dtype: 'float32', shape: [OUT], read: () => new Uint8Array(4 * OUT) })
  g.output('y', g.apply('Gemm', [x, matrix, bias], { transB: 1 }), 'float32', ['rows', OUT])
  return g.build()
}

/** The graph with weights in few bits, computed at an accuracy level of the engine's; undefined leaves it to the engine. */
function inBits(bits: 4 | 8, level: number | undefined): Graph {
  const graph = quantizeLinears(linearGraph(), bits)
  if (level === undefined) return graph
  const nodes = graph.nodes.map((node): GraphNode =>
    isFewBits(node) ? { ...node, attributes: { ...node.attributes, accuracy_level: level } } : node,
  )
  return { ...graph, nodes }
}

function isFewBits(node: GraphNode): node is GraphNode<'MatMulNBits'> {
  return node.operator === 'MatMulNBits'
}

/** The matrix as it is stored, by plain loops. */
function stored(bits: 4 | 8): Float64Array {
  const values = Float64Array.from(MATRIX)
  const top = 2 ** (bits - 1) - 1
  for (let start = 0; start < values.length; start += BLOCK) {
    const block = values.subarray(start, start + BLOCK)
    const farthest = block.reduce((most, value) => (Math.abs(value) > Math.abs(most) ? value : most))
    const step = Math.fround(bits === 8 ? Math.abs(farthest) / 127 : farthest / -8)
    block.forEach((value, i) => (block[i] = step * Math.min(top, Math.round(value / step))))
  }
  return values
}

function product(matrix: ArrayLike<number>): Float64Array {
  return Float64Array.from({ length: ROWS * OUT }, (_, at) => {
    const [row, out] = [Math.floor(at / OUT) * INPUT, (at % OUT) * INPUT]
    let sum = 0
    for (let i = 0; i < INPUT; i++) sum += X[row + i]! * matrix[out + i]!
    return sum
  })
}

/** Smallest cosine of a row. */
function leastCosine(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return Math.min(
    ...Array.from({ length: ROWS }, (_, row) => {
      let [both, own, other] = [0, 0, 0]
      for (let i = row * OUT; i < (row + 1) * OUT; i++) {
        both += a[i]! * b[i]!
        own += a[i]! ** 2
        other += b[i]! ** 2
      }
      return both / Math.sqrt(own * other)
    }),
  )
}

/**
 * Multiplies by weights in 4 and 8 bits (MatMulNBits), at each accuracy level of the engine: whether it runs, and how near the product is to
 * that of the weights as they are stored, and to that of the weights as they were.
 *
 * @param device - its name, for the table
 * @param runtime - the engine
 */
export async function weightBitsTable(device: string, runtime: Pick<Runtime, 'createSession'>): Promise<string> {
  const rows = [['bits', 'accuracy_level', 'runs', 'least cosine to what is stored', 'to float32']]
  const exact = product(MATRIX)
  for (const bits of [8, 4] as const) {
    const expected = product(stored(bits))
    for (const level of [undefined, 0, 1, 2, 4]) {
      const name = [String(bits), level === undefined ? 'none' : String(level)]
      try {
        await using session = await runtime.createSession(encodeModel(inBits(bits, level)))
        const { y } = await session.run({ x: tensor('float32', X, [ROWS, INPUT]) })
        const given = y!.data as Float32Array
        rows.push([...name, 'yes', leastCosine(given, expected).toFixed(7), leastCosine(given, exact).toFixed(5)])
      } catch (error) {
        if (!DinokitError.is(error)) throw error
        rows.push([...name, `no: ${error.message.slice(0, 80)}`, '', ''])
      }
    }
  }
  return `MatMulNBits on ${device}: ${ROWS} rows of ${INPUT} by ${OUT} outputs\n${table(rows)}`
}
