import { Builder } from 'flatbuffers'
import type { Shape } from './shapes.ts'

// Numbers of the format's schema (tensorflow/compiler/mlir/lite/schema/schema.fbs).
const [FLOAT32, INT32] = [0, 2] as const
const [FULLY_CONNECTED, SLICE] = [9, 65] as const
const [FULLY_CONNECTED_OPTIONS, SLICE_OPTIONS] = [8, 48] as const
const ALIGNMENT = 16
const VERSION = 3

interface TensorEntry {
  readonly shape: readonly number[]
  readonly type: number
  /** Its constant value; a value that is computed has none. */
  readonly data?: Float32Array | Int32Array
}

/**
 * Writes a .tflite model of several products of the same rows, of which it gives the first rows alone.
 *
 * @param shape - of each
 * @param matrices - [width][depth] each
 */
export function litertModel({ rows, depth, width }: Shape, matrices: readonly Float32Array[]): Uint8Array {
  const tensors: TensorEntry[] = [{ shape: [rows, depth], type: FLOAT32 }]
  const tensor = (entry: TensorEntry): number => tensors.push(entry) - 1
  const from = tensor({ shape: [2], type: INT32, data: Int32Array.of(0, 0) })
  const size = tensor({ shape: [2], type: INT32, data: Int32Array.of(1, width) })
  const operators = matrices.flatMap((data) => {
    const matrix = tensor({ shape: [width, depth], type: FLOAT32, data })
    const product = tensor({ shape: [rows, width], type: FLOAT32 })
    const first = tensor({ shape: [1, width], type: FLOAT32 })
    return [
      { code: 0, inputs: [0, matrix, -1], output: product, options: FULLY_CONNECTED_OPTIONS },
      { code: 1, inputs: [product, from, size], output: first, options: SLICE_OPTIONS },
    ]
  })
  const b = new Builder(4 * matrices.length * depth * width + 65_536)
  const integers = (values: readonly number[]): number => {
    b.startVector(4, values.length, 4)
    for (const value of values.toReversed()) b.addInt32(value)
    return b.endVector()
  }
  const offsets = (values: readonly number[]): number => {
    b.startVector(4, values.length, 4)
    for (const value of values.toReversed()) b.addOffset(value)
    return b.endVector()
  }
  const tableOf = (fields: number, write: () => void): number => {
    b.startObject(fields)
    write()
    return b.endObject()
  }
  const bytes = (data: Float32Array | Int32Array): number => {
    const content = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    b.startVector(1, content.length, ALIGNMENT)
    for (let at = content.length - 1; at >= 0; at--) b.addInt8(content[at]!)
    return b.endVector()
  }
  // The first buffer is that of values without data.
  const constants = tensors.flatMap(({ data }) => (data ? [data] : []))
  const buffers = [undefined, ...constants].map((data) => {
    const content = data && bytes(data)
    return tableOf(1, () => content !== undefined && b.addFieldOffset(0, content, 0))
  })
  const tensorTables = tensors.map(({ shape, type, data }, index) => {
    const [name, dimensions] = [b.createString(`t${index}`), integers(shape)]
    return tableOf(4, () => {
      b.addFieldOffset(0, dimensions, 0)
      b.addFieldInt8(1, type, 0)
      b.addFieldInt32(2, data ? constants.indexOf(data) + 1 : 0, 0)
      b.addFieldOffset(3, name, 0)
    })
  })
  const operatorTables = operators.map(({ code, inputs, output, options }) => {
    const [given, made, none] = [integers(inputs), integers([output]), tableOf(0, () => {})]
    return tableOf(5, () => {
      b.addFieldInt32(0, code, 0)
      b.addFieldOffset(1, given, 0)
      b.addFieldOffset(2, made, 0)
      b.addFieldInt8(3, options, 0)
      b.addFieldOffset(4, none, 0)
    })
  })
  const [tensorList, inputs, operatorList] = [offsets(tensorTables), integers([0]), offsets(operatorTables)]
  const outputs = integers(operators.filter(({ code }) => code === 1).map(({ output }) => output))
  const subgraph = tableOf(5, () => {
    b.addFieldOffset(0, tensorList, 0)
    b.addFieldOffset(1, inputs, 0)
    b.addFieldOffset(2, outputs, 0)
    b.addFieldOffset(3, operatorList, 0)
  })
  const codes = [FULLY_CONNECTED, SLICE].map((code) =>
    tableOf(4, () => {
      b.addFieldInt8(0, code, 0)
      b.addFieldInt32(2, 1, 0)
      b.addFieldInt32(3, code, 0)
    }),
  )
  const [codeList, subgraphs, bufferList] = [offsets(codes), offsets([subgraph]), offsets(buffers)]
  const model = tableOf(5, () => {
    b.addFieldInt32(0, VERSION, 0)
    b.addFieldOffset(1, codeList, 0)
    b.addFieldOffset(2, subgraphs, 0)
    b.addFieldOffset(4, bufferList, 0)
  })
  b.finish(model, 'TFL3')
  return b.asUint8Array()
}
