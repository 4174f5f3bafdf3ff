import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import { DinokitError, type AnyTensor, type OnnxModel, type WeightsFile } from '@dinokit/core'
import { ELEMENT_BYTES, ELEMENT_TYPE, type WeightType } from './element-type.ts'
import type { Graph, GraphNode, GraphPort, Weight } from './graph.ts'
import { CONTRIB_DOMAIN, CONTRIB_OPERATORS } from './operators.ts'

/** Options of {@link encodeModel}. */
export interface EncodeOptions {
  /** The file name by which the graph refers to its weights. Default `model.onnx.data`. */
  readonly location?: string
  /** Written into the model for people and programs that inspect it. */
  readonly metadata?: Readonly<Record<string, string>>
}

/** The ONNX version that graphs are written in. */
export const OPSET = 20

const IR_VERSION = 9
const CONTRIB_VERSION = 1
/** Weights start at multiples of this, so that engines may use them in place. */
const ALIGNMENT = 64

/**
 * Writes a graph as ONNX. The weights are not read here: the graph refers to them as external data, and the weights
 * file reads each of them when its turn comes, so that they are never in memory together.
 *
 * @param graph - to write
 * @param options - the weights' file name, metadata
 */
export function encodeModel(graph: Graph, options: EncodeOptions = {}): OnnxModel {
  const location = options.location ?? 'model.onnx.data'
  const { entries, byteLength } = layOut(graph.weights)
  const initializers = [
    ...Array.from(graph.constants, ([name, value]) => encodeTensor(name, value.dtype, value.shape, { bytes: bytesOf(value) })),
    ...entries.map((entry) => encodeTensor(entry.name, entry.weight.dtype, entry.weight.shape, { location, ...entry })),
  ]
  const fields = encodeGraphProto(graph, initializers)
  const bytes = new BinaryWriter()
    .raw(lengthPrefixed(7, fields.byteLength, encodeModelFields(graph, options.metadata ?? {})))
    .raw(fields)
    .finish()
  return entries.length === 0 ? { graph: bytes } : { graph: bytes, weights: weightsFile(location, byteLength, entries) }
}

/** Where one ONNX file ends: protobuf's limit, with room for what is not weights. */
export const LARGEST_FILE = 2 ** 31 - 2 ** 24

/** A whole file, produced in order, a piece at a time, so that it is never all in memory. */
export interface ModelFile {
  /** Its length in bytes. */
  readonly byteLength: number
  /** Its bytes from the first to the last. */
  chunks(): AsyncIterable<Uint8Array>
}

/**
 * Writes a graph with its weights inside, as one ONNX file. ONNX files end at 2 GB: beyond, use {@link encodeModel}.
 *
 * @param graph - to write
 * @param options - metadata
 * @throws DinokitError `model-unsupported` where the file would be longer than 2 GB
 */
export function encodeSelfContained(graph: Graph, options: Omit<EncodeOptions, 'location'> = {}): ModelFile {
  const total = Array.from(graph.weights.values(), byteLengthOf).reduce((sum, length) => sum + length, 0)
  if (total > LARGEST_FILE) {
    throw new DinokitError('model-unsupported', `Weights of ${total} bytes do not fit into one ONNX file.`, {
      given: `${total} bytes`,
      expected: `at most ${LARGEST_FILE}`,
      hint: 'Keep them beside it: encodeModel.',
    })
  }
  const constants = Array.from(graph.constants, ([name, value]) => encodeTensor(name, value.dtype, value.shape, { bytes: bytesOf(value) }))
  const weights = Array.from(graph.weights, ([name, weight]) => {
    const fields = encodeTensor(name, weight.dtype, weight.shape, 'follows')
    const length = byteLengthOf(weight)
    const head = lengthPrefixed(9, length, fields)
    return { name, weight, length, head: lengthPrefixed(5, head.byteLength + length, new Uint8Array()), fields: head }
  })
  const graphFields = encodeGraphProto(graph, constants)
  const graphLength = weights.reduce(
    (sum, entry) => sum + entry.head.byteLength + entry.fields.byteLength + entry.length,
    graphFields.byteLength,
  )
  const modelFields = encodeModelFields(graph, options.metadata ?? {})
  const graphHead = lengthPrefixed(7, graphLength, modelFields)
  return {
    byteLength: graphHead.byteLength + graphLength,
    async *chunks() {
      yield graphHead
      yield graphFields
      for (const { name, weight, head, fields } of weights) {
        yield head
        yield fields
        yield await readWeight(name, weight)
      }
    },
  }
}

interface WeightEntry {
  readonly name: string
  readonly weight: Weight
  readonly offset: number
  readonly length: number
}

function layOut(weights: Graph['weights']): { entries: WeightEntry[]; byteLength: number } {
  const entries: WeightEntry[] = []
  let end = 0
  for (const [name, weight] of weights) {
    const offset = Math.ceil(end / ALIGNMENT) * ALIGNMENT
    const length = byteLengthOf(weight)
    entries.push({ name, weight, offset, length })
    end = offset + length
  }
  return { entries, byteLength: end }
}

function weightsFile(location: string, byteLength: number, entries: readonly WeightEntry[]): WeightsFile {
  return {
    location,
    byteLength,
    async *chunks() {
      let position = 0
      for (const { name, weight, offset, length } of entries) {
        if (offset > position) yield new Uint8Array(offset - position)
        yield await readWeight(name, weight)
        position = offset + length
      }
    },
  }
}

async function readWeight(name: string, weight: Weight): Promise<Uint8Array> {
  const bytes = await weight.read()
  if (bytes.byteLength !== byteLengthOf(weight)) {
    throw new DinokitError('tensor-invalid', `Weight ${name} has ${bytes.byteLength} bytes.`, {
      given: `${bytes.byteLength} bytes`,
      expected: `${byteLengthOf(weight)} bytes for ${weight.dtype} [${weight.shape.join(', ')}]`,
    })
  }
  return bytes
}

function byteLengthOf({ dtype, shape }: Weight): number {
  return shape.reduce((product, length) => product * length, ELEMENT_BYTES[dtype])
}

function bytesOf({ data }: AnyTensor): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
}

/** Where a tensor's elements are: here, in the weights file, or in what the caller writes right after. */
type Content = { readonly bytes: Uint8Array } | { readonly location: string; readonly offset: number; readonly length: number } | 'follows'

// Field numbers below are those of onnx/onnx.proto.

function encodeModelFields(graph: Graph, metadata: Readonly<Record<string, string>>): Uint8Array {
  const writer = new BinaryWriter()
  writer.uint32(tag(1, WireType.Varint)).int64(IR_VERSION)
  text(writer, 2, 'dinokit')
  message(writer, 8, encodeOpset('', OPSET))
  if (graph.nodes.some((node) => CONTRIB_OPERATORS.has(node.operator))) message(writer, 8, encodeOpset(CONTRIB_DOMAIN, CONTRIB_VERSION))
  for (const [key, value] of Object.entries(metadata)) message(writer, 14, encodeEntry(key, value))
  return writer.finish()
}

/** `before`, then the tag and length of a field whose `length` bytes follow. */
function lengthPrefixed(field: number, length: number, before: Uint8Array): Uint8Array {
  return new BinaryWriter().raw(before).uint32(tag(field, WireType.LengthDelimited)).uint32(length).finish()
}

function encodeGraphProto(graph: Graph, initializers: readonly Uint8Array[]): Uint8Array {
  const writer = new BinaryWriter()
  for (const node of graph.nodes) message(writer, 1, encodeNode(node))
  text(writer, 2, graph.name)
  for (const initializer of initializers) message(writer, 5, initializer)
  for (const port of graph.inputs) message(writer, 11, encodePort(port))
  for (const port of graph.outputs) message(writer, 12, encodePort(port))
  return writer.finish()
}

function encodeNode(node: GraphNode): Uint8Array {
  const writer = new BinaryWriter()
  for (const input of node.inputs) text(writer, 1, input?.name ?? '')
  for (const output of node.outputs) text(writer, 2, output.name)
  text(writer, 3, node.outputs[0]!.name)
  text(writer, 4, node.operator)
  const attributes = node.attributes as Readonly<Record<string, number | string | readonly number[]>>
  for (const [name, value] of Object.entries(attributes)) message(writer, 5, encodeAttribute(name, value))
  if (CONTRIB_OPERATORS.has(node.operator)) text(writer, 7, CONTRIB_DOMAIN)
  return writer.finish()
}

/** Attributes whose ONNX type is float even when the value is a whole number. */
const FLOAT_ATTRIBUTES: ReadonlySet<string> = new Set(['alpha', 'beta', 'cubic_coeff_a', 'epsilon', 'momentum', 'scale'])

function encodeAttribute(name: string, value: number | string | readonly number[]): Uint8Array {
  const writer = new BinaryWriter()
  text(writer, 1, name)
  if (typeof value === 'string') {
    text(writer, 4, value)
    writer.uint32(tag(20, WireType.Varint)).int32(3)
  } else if (typeof value !== 'number') {
    for (const item of value) writer.uint32(tag(8, WireType.Varint)).int64(item)
    writer.uint32(tag(20, WireType.Varint)).int32(7)
  } else if (FLOAT_ATTRIBUTES.has(name)) {
    writer.uint32(tag(2, WireType.Bit32)).float(value)
    writer.uint32(tag(20, WireType.Varint)).int32(1)
  } else {
    writer.uint32(tag(3, WireType.Varint)).int64(value)
    writer.uint32(tag(20, WireType.Varint)).int32(2)
  }
  return writer.finish()
}

function encodeTensor(name: string, dtype: WeightType, shape: readonly number[], content: Content): Uint8Array {
  const writer = new BinaryWriter()
  for (const length of shape) writer.uint32(tag(1, WireType.Varint)).int64(length)
  writer.uint32(tag(2, WireType.Varint)).int32(ELEMENT_TYPE[dtype])
  text(writer, 8, name)
  if (content === 'follows') return writer.finish()
  if ('bytes' in content) {
    writer.uint32(tag(9, WireType.LengthDelimited)).bytes(content.bytes)
  } else {
    message(writer, 13, encodeEntry('location', content.location))
    message(writer, 13, encodeEntry('offset', String(content.offset)))
    message(writer, 13, encodeEntry('length', String(content.length)))
    writer.uint32(tag(14, WireType.Varint)).int32(1)
  }
  return writer.finish()
}

function encodePort({ value, dtype, shape }: GraphPort): Uint8Array {
  const dimensions = new BinaryWriter()
  for (const length of shape) {
    const dimension = new BinaryWriter()
    if (typeof length === 'number') dimension.uint32(tag(1, WireType.Varint)).int64(length)
    else text(dimension, 2, length)
    message(dimensions, 1, dimension.finish())
  }
  const tensorType = new BinaryWriter()
  tensorType.uint32(tag(1, WireType.Varint)).int32(ELEMENT_TYPE[dtype])
  message(tensorType, 2, dimensions.finish())
  const type = new BinaryWriter()
  message(type, 1, tensorType.finish())
  const writer = new BinaryWriter()
  text(writer, 1, value.name)
  message(writer, 2, type.finish())
  return writer.finish()
}

function encodeOpset(domain: string, version: number): Uint8Array {
  const writer = new BinaryWriter()
  text(writer, 1, domain)
  return writer.uint32(tag(2, WireType.Varint)).int64(version).finish()
}

function encodeEntry(key: string, value: string): Uint8Array {
  const writer = new BinaryWriter()
  text(writer, 1, key)
  text(writer, 2, value)
  return writer.finish()
}

function text(writer: BinaryWriter, field: number, value: string): void {
  writer.uint32(tag(field, WireType.LengthDelimited)).string(value)
}

function message(writer: BinaryWriter, field: number, bytes: Uint8Array): void {
  writer.uint32(tag(field, WireType.LengthDelimited)).bytes(bytes)
}

function tag(field: number, wire: WireType): number {
  return (field << 3) | wire
}
