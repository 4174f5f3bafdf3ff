// Reads ONNX graphs (onnx/onnx.proto): as much as dinokit's own have. Whatever else is there makes a graph unknown.

/** Attribute of a node. */
type Attribute = number | readonly number[]

/** A node of a graph. */
export interface ModelNode {
  readonly operator: string
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly attributes: Readonly<Record<string, Attribute>>
}

/** A constant tensor of a graph: `type` is the format's number of its element type. */
export interface ModelTensor {
  readonly type: number
  readonly shape: readonly number[]
  readonly bytes: Uint8Array
}

/** Element types, of those that the format has. */
export const [FLOAT32, UINT8, INT8, INT64, BOOL] = [1, 2, 3, 7, 9] as const

/**
 * Numbers of a tensor of {@link FLOAT32}.
 *
 * @param tensor - whose bytes they are, where these lie at a multiple of 4
 */
export function floatsOf({ bytes }: ModelTensor): Float32Array {
  const { buffer, byteOffset, byteLength } = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice()
  return new Float32Array(buffer, byteOffset, byteLength / 4)
}

/**
 * Numbers of a tensor of {@link INT64}.
 *
 * @param tensor - that has them
 */
export function integersOf({ bytes }: ModelTensor): number[] {
  return Array.from(new BigInt64Array(bytes.slice().buffer), Number)
}

/** A graph in execution order. */
export interface ModelGraph {
  readonly nodes: readonly ModelNode[]
  readonly tensors: ReadonlyMap<string, ModelTensor>
  readonly inputs: readonly string[]
  /** Element types of inputs, by the format's numbers. */
  readonly inputTypes: ReadonlyMap<string, number>
  readonly outputs: readonly string[]
}

/** Fields of a message: the number of each, and its bytes or its whole number. */
function* fields(bytes: Uint8Array): Generator<readonly [field: number, value: Uint8Array | bigint], void, undefined> {
  let at = 0
  const varint = (): bigint => {
    let value = 0n
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++]
      if (byte === undefined || shift > 63n) throw new Error('it ends early')
      value |= BigInt(byte & 127) << shift
      if (byte < 128) return BigInt.asIntN(64, value)
    }
  }
  const take = (length: number): Uint8Array => {
    if (at + length > bytes.length) throw new Error('it ends early')
    return bytes.subarray(at, (at += length))
  }
  while (at < bytes.length) {
    const tag = Number(varint())
    const wire = tag & 7
    if (wire === 0) yield [tag >> 3, varint()]
    else if (wire === 2) yield [tag >> 3, take(Number(varint()))]
    else if (wire === 5) yield [tag >> 3, take(4)]
    else if (wire === 1) yield [tag >> 3, take(8)]
    else throw new Error(`a field has the wire type ${wire}`)
  }
}

const text = (value: Uint8Array | bigint): string => new TextDecoder().decode(value as Uint8Array)

/**
 * Reads a model.
 *
 * @param bytes - of the ModelProto
 * @param weights - bytes of the file beside it
 * @throws Error where it has something that dinokit's graphs do not
 */
export function readModel(bytes: Uint8Array, weights: Uint8Array): ModelGraph {
  for (const [field, value] of fields(bytes)) if (field === 7) return readGraph(value as Uint8Array, weights)
  throw new Error('it has no graph')
}

function readGraph(bytes: Uint8Array, weights: Uint8Array): ModelGraph {
  const [nodes, inputs, outputs]: [ModelNode[], string[], string[]] = [[], [], []]
  const tensors = new Map<string, ModelTensor>()
  const inputTypes = new Map<string, number>()
  for (const [field, value] of fields(bytes)) {
    const message = value as Uint8Array
    if (field === 1) nodes.push(readNode(message))
    else if (field === 5) tensors.set(...readTensor(message, weights))
    else if (field === 11) {
      inputs.push(nameOf(message))
      inputTypes.set(nameOf(message), elementTypeOf(message))
    } else if (field === 12) outputs.push(nameOf(message))
  }
  return { nodes, tensors, inputs, inputTypes, outputs }
}

function nameOf(port: Uint8Array): string {
  for (const [field, value] of fields(port)) if (field === 1) return text(value)
  return ''
}

/** The element type of a port (`type.tensor_type.elem_type`). */
function elementTypeOf(port: Uint8Array): number {
  let message = port
  for (const number of [2, 1]) message = Array.from(fields(message)).find(([field]) => field === number)?.[1] as Uint8Array
  return Number(Array.from(fields(message)).find(([field]) => field === 1)?.[1])
}

function readNode(bytes: Uint8Array): ModelNode {
  const [inputs, outputs]: [string[], string[]] = [[], []]
  const attributes: Record<string, Attribute> = {}
  let operator = ''
  for (const [field, value] of fields(bytes)) {
    if (field === 1) inputs.push(text(value))
    else if (field === 2) outputs.push(text(value))
    else if (field === 4) operator = text(value)
    else if (field === 5) Object.assign(attributes, readAttribute(value as Uint8Array))
  }
  return { operator, inputs, outputs, attributes }
}

function readAttribute(bytes: Uint8Array): Record<string, Attribute> {
  let name = ''
  let found: Attribute | undefined
  const many: number[] = []
  for (const [field, value] of fields(bytes)) {
    if (field === 1) name = text(value)
    else if (field === 2) found = new DataView((value as Uint8Array).slice().buffer).getFloat32(0, true)
    else if (field === 3) found = Number(value)
    else if (field === 8) many.push(Number(value))
    else if (field !== 20) throw new Error(`the attribute ${name} is neither a number nor numbers`)
  }
  return { [name]: found ?? many }
}

function readTensor(bytes: Uint8Array, weights: Uint8Array): [string, ModelTensor] {
  const shape: number[] = []
  let [name, type] = ['', 0]
  let raw: Uint8Array | undefined
  const place: Record<string, string> = {}
  for (const [field, value] of fields(bytes)) {
    if (field === 1 && typeof value === 'bigint') shape.push(Number(value))
    else if (field === 2) type = Number(value)
    else if (field === 8) name = text(value)
    else if (field === 9) raw = value as Uint8Array
    else if (field === 13) {
      const [key, said] = Array.from(fields(value as Uint8Array), ([, part]) => text(part))
      place[key!] = said!
    } else if (field !== 14) throw new Error(`the tensor ${name} keeps its numbers in the field ${field}`)
  }
  const [offset, length] = [Number(place.offset ?? 0), Number(place.length ?? 0)]
  return [name, { type, shape, bytes: raw ?? weights.subarray(offset, offset + length) }]
}
