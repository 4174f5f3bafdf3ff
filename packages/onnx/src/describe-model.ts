import { BinaryReader, WireType } from '@bufbuild/protobuf/wire'
import { DinokitError, type DType } from '@dinokit/core'
import { ELEMENT_TYPE } from './element-type.ts'

/** An input or output as an ONNX file declares it. */
export interface ModelPort {
  readonly name: string
  /** Undefined for an element type that dinokit has no tensors of. */
  readonly dtype: DType | undefined
  /** A string is a dynamic dimension. */
  readonly shape: readonly (number | string)[]
}

/** Description of an ONNX file, read without running it and without copying its weights. */
export interface ModelDescription {
  /** Inputs that are not initializers. */
  readonly inputs: readonly ModelPort[]
  readonly outputs: readonly ModelPort[]
  /** Version of each operator set by domain; the ONNX standard's is ''. */
  readonly opsets: Readonly<Record<string, number>>
  /** Files beside the model that its weights lie in: bare file names. */
  readonly externalFiles: readonly string[]
  readonly producer: string
  readonly metadata: Readonly<Record<string, string>>
}

/**
 * Reads what an ONNX file says of itself.
 *
 * @param bytes - of the whole file
 * @param name - of the file, for messages
 * @throws DinokitError `checkpoint-invalid` where it is no ONNX model, `checkpoint-unsafe` where it refers to files
 *   outside its own folder
 */
export function describeModel(bytes: Uint8Array, name: string): ModelDescription {
  const model: Mutable = {
    ports: { inputs: [], outputs: [] },
    initializers: new Set(),
    opsets: new Map(),
    files: new Set(),
    producer: '',
    metadata: new Map(),
    graphs: 0,
  }
  try {
    fields(bytes, (field, reader) => readModelField(field, reader, model))
  } catch (cause) {
    throw new DinokitError('checkpoint-invalid', `${name} is not an ONNX model.`, {
      given: String(cause),
      expected: 'an ONNX ModelProto',
      hint: 'The file may be truncated: fetch it again.',
      cause,
    })
  }
  if (model.graphs !== 1 || model.ports.outputs.length === 0) {
    throw new DinokitError('checkpoint-invalid', `${name} is not an ONNX model.`, {
      given: `${model.graphs} graphs, ${model.ports.outputs.length} outputs`,
      expected: 'one graph with outputs',
    })
  }
  for (const file of model.files) assertBareName(file, name)
  return {
    inputs: model.ports.inputs.filter((port) => !model.initializers.has(port.name)),
    outputs: model.ports.outputs,
    opsets: Object.fromEntries(model.opsets),
    externalFiles: [...model.files],
    producer: model.producer,
    metadata: Object.fromEntries(model.metadata),
  }
}

interface Mutable {
  readonly ports: { readonly inputs: ModelPort[]; readonly outputs: ModelPort[] }
  readonly initializers: Set<string>
  readonly opsets: Map<string, number>
  readonly files: Set<string>
  readonly metadata: Map<string, string>
  producer: string
  graphs: number
}

/** Graphs nest through If, Loop and Scan; a hostile file must not exhaust the stack. */
const DEEPEST = 16

// Field numbers below are those of onnx/onnx.proto.

function readModelField(field: number, reader: BinaryReader, model: Mutable): boolean {
  if (field === 2) model.producer = reader.string()
  else if (field === 7) {
    model.graphs++
    fields(reader.bytes(), (inner, graph) => readGraphField(inner, graph, model, 0))
  } else if (field === 8) {
    const { domain, version } = readOpset(reader.bytes())
    model.opsets.set(domain, version)
  } else if (field === 14) {
    const [key, value] = readEntry(reader.bytes())
    model.metadata.set(key, value)
  } else return false
  return true
}

function readGraphField(field: number, reader: BinaryReader, model: Mutable, depth: number): boolean {
  if (depth > DEEPEST) throw new Error(`graphs nested more than ${DEEPEST} deep`)
  if (field === 1) fields(reader.bytes(), (inner, node) => readNodeField(inner, node, model, depth))
  else if (field === 5) {
    const initializer = readTensor(reader.bytes(), model)
    if (depth === 0) model.initializers.add(initializer)
  } else if (depth === 0 && field === 11) model.ports.inputs.push(readPort(reader.bytes()))
  else if (depth === 0 && field === 12) model.ports.outputs.push(readPort(reader.bytes()))
  else return false
  return true
}

/** Reads of a node only what may hold tensors or graphs: its attributes. */
function readNodeField(field: number, reader: BinaryReader, model: Mutable, depth: number): boolean {
  if (field !== 5) return false
  fields(reader.bytes(), (inner, attribute) => {
    if (inner === 5 || inner === 10) readTensor(attribute.bytes(), model)
    else if (inner === 6 || inner === 11) fields(attribute.bytes(), (deeper, graph) => readGraphField(deeper, graph, model, depth + 1))
    else return false
    return true
  })
  return true
}

function readTensor(bytes: Uint8Array, model: Mutable): string {
  let name = ''
  fields(bytes, (field, reader) => {
    if (field === 8) name = reader.string()
    else if (field === 13) {
      const [key, value] = readEntry(reader.bytes())
      if (key === 'location') model.files.add(value)
    } else return false
    return true
  })
  return name
}

function readPort(bytes: Uint8Array): ModelPort {
  let name = ''
  let type: Pick<ModelPort, 'dtype' | 'shape'> = { dtype: undefined, shape: [] }
  fields(bytes, (field, reader) => {
    if (field === 1) name = reader.string()
    else if (field === 2) type = readType(reader.bytes())
    else return false
    return true
  })
  return { name, ...type }
}

function readType(bytes: Uint8Array): Pick<ModelPort, 'dtype' | 'shape'> {
  let dtype: DType | undefined
  const shape: (number | string)[] = []
  const dimension = (inner: number, reader: BinaryReader): boolean => {
    if (inner === 1) shape.push(Number(reader.int64()))
    else if (inner === 2) shape.push(reader.string())
    else return false
    return true
  }
  fields(bytes, (field, reader) => {
    if (field !== 1) return false
    fields(reader.bytes(), (inner, tensorType) => {
      if (inner === 1) dtype = DTYPES.get(tensorType.int32())
      else if (inner === 2) {
        fields(tensorType.bytes(), (deeper, shapeProto) => {
          if (deeper !== 1) return false
          const before = shape.length
          fields(shapeProto.bytes(), dimension)
          if (shape.length === before) shape.push('')
          return true
        })
      } else return false
      return true
    })
    return true
  })
  return { dtype, shape }
}

const DTYPES: ReadonlyMap<number, DType> = new Map((Object.keys(ELEMENT_TYPE) as DType[]).map((dtype) => [ELEMENT_TYPE[dtype], dtype]))

function readOpset(bytes: Uint8Array): { domain: string; version: number } {
  const opset = { domain: '', version: 0 }
  fields(bytes, (field, reader) => {
    if (field === 1) opset.domain = reader.string()
    else if (field === 2) opset.version = Number(reader.int64())
    else return false
    return true
  })
  return opset
}

function readEntry(bytes: Uint8Array): [key: string, value: string] {
  const entry: [string, string] = ['', '']
  fields(bytes, (field, reader) => {
    if (field !== 1 && field !== 2) return false
    entry[field - 1] = reader.string()
    return true
  })
  return entry
}

/** Calls `read` at each field of a message; what it does not read (returns false) is skipped. */
function fields(bytes: Uint8Array, read: (field: number, reader: BinaryReader) => boolean): void {
  const reader = new BinaryReader(bytes)
  while (reader.pos < reader.len) {
    const [field, wire] = reader.tag()
    const nested = wire === WireType.LengthDelimited
    const before = reader.pos
    if ((!nested && wire !== WireType.Varint) || !read(field, reader)) {
      reader.pos = before
      reader.skip(wire, field)
    }
  }
}

function assertBareName(file: string, model: string): void {
  if (/^[^/\\:\0]+$/.test(file) && file !== '.' && file !== '..') return
  throw new DinokitError('checkpoint-unsafe', `${model} keeps its weights in ${JSON.stringify(file)}.`, {
    given: file,
    expected: 'a bare file name, beside the model',
    hint: 'A model must not read files of other folders.',
  })
}
