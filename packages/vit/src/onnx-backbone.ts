import {
  DinokitError,
  normalize,
  tensor,
  withCardFields,
  type AnyTensor,
  type Backbone,
  type CardFields,
  type ByteSource,
  type ModelCard,
  type OnnxModel,
  type OutputRequest,
  type Padding,
  type Tensor,
  type PixelTensor,
} from '@dinokit/core'
import { fromFloat16, toFloat16 } from '@dinokit/checkpoint'
import { describeModel, type ModelDescription, type ModelPort } from '@dinokit/onnx'
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import { carriedCard } from './carried-card.ts'
import { splitTokens } from './vit-backbone.ts'

/** Longest graph that is read into memory: where ONNX files end. */
const LONGEST_GRAPH = 2 ** 31 - 1

/** Files that {@link createOnnxBackbone} may ask for, and what it is to assume of the model. */
export interface OnnxBackboneOptions {
  /** Card of the network; its `architecture` says how tokens are split. Default: the card that dinokit's own exports carry. */
  readonly card?: ModelCard
  /** Fields that the user sets, in place of those of the card that the file carries. */
  readonly fields?: CardFields
  /** Name of the output that is the tokens, where names don't tell. */
  readonly output?: string
  /** Opens a file beside the model by its bare name: the weights, where the model keeps them apart. */
  readonly openBeside?: (name: string) => Promise<ByteSource>
}

/**
 * Makes a backbone of a ready-made ONNX file: `last_hidden_state` [batch][tokens][dim] out; normalized pixels
 * [batch][3][height][width] in, as Hugging Face's exporters write it, or bytes [batch][height][width][3], as
 * {@link exportVit} does. It gives the final tokens; layers, attention, facets and masks are not in such a file and are
 * refused.
 *
 * @param source - of the file; read whole and closed
 * @param options - card, and how files beside it are opened
 * @throws DinokitError `checkpoint-invalid`, `checkpoint-unsafe`, `model-unsupported` where it has other inputs or outputs
 */
export async function createOnnxBackbone(
  source: ByteSource,
  { card: given, fields, output: named, openBeside }: OnnxBackboneOptions = {},
): Promise<Backbone> {
  const bytes = await readWhole(source)
  const description = describeModel(bytes, source.name)
  const carried = given ?? carriedCard(description.metadata, source.name)
  if (!carried) throw unknownCard(source.name)
  const card = given ?? withCardFields(carried, fields ?? {})
  const { input, output } = findPorts(description, card, source.name, named)
  const external = await openExternal(description, source.name, openBeside)
  const model: OnnxModel = {
    graph: bytes,
    ...(external && {
      weights: { location: external.location, byteLength: external.source.size, chunks: () => chunksOf(external.source) },
    }),
  }
  const { registers, dim } = card.architecture
  return {
    card,
    digest: await digestOf(bytes, external?.source),
    precision: card.precision ?? 'float32',
    graph(request) {
      assertFinalTokensOnly(card.id, request)
      return {
        model,
        feeds: (pixels, _mask, padding) => {
          assertSize(source.name, input, pixels.shape)
          if (takesPixels(input)) return { [input.name]: pixels }
          const normalized = normalizeBatch(pixels, card, padding)
          return { [input.name]: input.dtype === 'float16' ? halved(normalized) : normalized }
        },
        read(outputs, batch, grid) {
          const data = floatsOf(outputs[output.name]!)
          const length = (1 + registers + grid[0] * grid[1]) * dim
          if (data.length !== batch * length) {
            throw new DinokitError('model-unsupported', `${source.name} gives ${data.length} values for ${batch} images.`, {
              given: `${output.name} of ${data.length} values`,
              expected: `${batch * length}: CLS, ${registers} registers and ${grid.join('x')} patches of ${dim}`,
            })
          }
          return Array.from({ length: batch }, (_, index) => ({
            ...splitTokens(data.slice(index * length, (index + 1) * length), { registers, dim }, grid),
            layers: {},
            rawLayers: {},
            attention: {},
            facets: {},
          }))
        },
      }
    },
    close: async () => external?.source.close(),
  }
}

function unknownCard(name: string): DinokitError {
  return new DinokitError('model-unsupported', `${name} has no description of its network.`, {
    given: 'no config.json, and no card inside',
    expected: 'Hugging Face’s config.json in the same folder or the one above',
    hint: 'Put the config.json that belongs to it beside it, or pass a card.',
  })
}

async function readWhole(source: ByteSource): Promise<Uint8Array> {
  try {
    if (source.size > LONGEST_GRAPH) {
      throw new DinokitError('checkpoint-invalid', `${source.name} has ${source.size} bytes.`, {
        given: `${source.size} bytes`,
        expected: `an ONNX model of at most ${LONGEST_GRAPH} bytes`,
      })
    }
    return await source.read(0, source.size)
  } finally {
    await source.close()
  }
}

function findPorts(
  { inputs, outputs }: ModelDescription,
  card: ModelCard,
  name: string,
  named: string | undefined,
): { input: ModelPort; output: ModelPort } {
  const input = inputs.find((port) => FLOATS_OR_BYTES.includes(port.dtype) && port.shape.length === 4)
  const output = findOutput(outputs, name, named)
  const width = output?.shape[2]
  const channels = input && !takesPixels(input) && input.shape[1]
  if (typeof channels === 'number' && channels !== 3) throw notOfColors(name, channels)
  if (input && output && inputs.length === 1 && (typeof width !== 'number' || width === card.architecture.dim)) return { input, output }
  throw new DinokitError('model-unsupported', `${name} is not a backbone that dinokit can use.`, {
    given: `inputs ${list(inputs)}; outputs ${list(outputs)}`,
    expected: `one input of normalized pixels [batch][3][height][width] and an output last_hidden_state [batch][tokens][${card.architecture.dim}]`,
    hint: 'Export it by Hugging Face’s tools, or take the .safetensors or .pth weights.',
  })
}

/**
 * Refusal of a ready-made file for another number of channels than three.
 *
 * @param file - its name
 * @param channels - that it takes
 */
export function notOfColors(file: string, channels: number): DinokitError {
  return new DinokitError('model-unsupported', `${file} takes images of ${channels} channels, and an ONNX file must take 3 here.`, {
    given: `images of ${channels} channels`,
    expected: 'images of 3 channels: red, green, blue',
    hint: 'Open the same model from its .safetensors or .pth weights, and give it raw pixels of that many channels.',
  })
}

const FLOATS_OR_BYTES: readonly (ModelPort['dtype'] | undefined)[] = ['float32', 'float16', 'uint8']

/** Whether an input is of pixels as `exportVit` writes it, [batch][height][width][3], and not of normalized planes. */
function takesPixels({ name, dtype, shape }: ModelPort): boolean {
  return dtype === 'uint8' || (name === 'pixels' && shape[3] === 3)
}

/** Refuses an image of another size than the file was exported for: what the engine says of it names no size. */
function assertSize(name: string, port: ModelPort, [batch, height, width]: readonly number[]): void {
  const { shape } = port
  const [rows, columns] = takesPixels(port) ? [shape[1], shape[2]] : [shape[2], shape[3]]
  const fixed = (said: number | string | undefined, given: number): boolean => typeof said === 'number' && said > 0 && said !== given
  if (fixed(rows, height!) || fixed(columns, width!)) {
    throw new DinokitError('size-invalid', `${name} takes images of ${columns}x${rows} alone, and was given ${width}x${height}.`, {
      given: `${width}x${height}`,
      expected: `${columns}x${rows}`,
      hint: 'Give that size, or export the model with dynamic height and width.',
    })
  }
  if (fixed(shape[0], batch!)) {
    throw new DinokitError('size-invalid', `${name} takes ${shape[0]} image at a time, and was given ${batch}.`, {
      given: `a batch of ${batch}`,
      expected: `${shape[0]}`,
      hint: 'Embed images one by one, or export the model with a dynamic batch.',
    })
  }
}

function halved({ data, shape }: Tensor): Tensor<'float16'> {
  return tensor('float16', toFloat16(data), shape)
}

/** An output as float32. Where the platform has 16-bit floats, engines give these and not their bits. */
function floatsOf({ dtype, data }: AnyTensor): Float32Array {
  if (dtype !== 'float16') return data as Float32Array
  return data instanceof Uint16Array ? fromFloat16(data) : Float32Array.from(data as unknown as ArrayLike<number>)
}

function list(ports: readonly ModelPort[]): string {
  return ports.map((port) => `${port.name} ${port.dtype ?? 'other'}[${port.shape.join('][')}]`).join(', ')
}

/** The output that is named, or that its name or its shape tells from the others. */
function findOutput(outputs: readonly ModelPort[], name: string, named: string | undefined): ModelPort | undefined {
  if (named !== undefined) {
    const output = outputs.find((port) => port.name === named)
    if (output) return output
    throw new DinokitError('invalid-option', `${name} has no output ${named}.`, { given: named, expected: list(outputs) })
  }
  const known = outputs.find((port) => port.name === 'last_hidden_state')
  const possible = outputs.filter((port) => (port.dtype === 'float32' || port.dtype === 'float16') && port.shape.length === 3)
  if (known || possible.length <= 1) return known ?? possible[0]
  throw new DinokitError('model-unsupported', `${name} has ${possible.length} outputs that may be its tokens: ${list(possible)}.`, {
    given: list(possible),
    expected: 'one called last_hidden_state, or a choice',
    hint: `Say which: --output ${possible.map((port) => port.name).join(', or --output ')} (in the library: output).`,
  })
}

async function openExternal(
  { externalFiles }: ModelDescription,
  name: string,
  openBeside: OnnxBackboneOptions['openBeside'],
): Promise<{ readonly location: string; readonly source: ByteSource } | undefined> {
  const [location, ...others] = externalFiles
  if (location === undefined) return undefined
  if (others.length > 0 || !openBeside) {
    throw new DinokitError('model-unsupported', `${name} keeps its weights in ${externalFiles.length} files.`, {
      given: externalFiles.join(', '),
      expected: openBeside ? 'one file beside the model' : 'a model that holds its weights itself',
    })
  }
  return { location, source: await openBeside(location) }
}

const CHUNK = 1 << 24

async function* chunksOf(source: ByteSource): AsyncGenerator<Uint8Array, void, undefined> {
  for (let offset = 0; offset < source.size; offset += CHUNK) yield await source.read(offset, Math.min(CHUNK, source.size - offset))
}

async function digestOf(graph: Uint8Array, external: ByteSource | undefined): Promise<string> {
  const hash = sha256.create().update(graph)
  if (external) for await (const chunk of chunksOf(external)) hash.update(chunk)
  return bytesToHex(hash.digest())
}

function assertFinalTokensOnly(
  id: string,
  { layers = [], rawLayers = [], attention = [], facets = [], masks = false }: OutputRequest,
): void {
  const wanted = [
    layers.length > 0 && 'layers',
    rawLayers.length > 0 && 'raw layers',
    attention.length > 0 && 'attention',
    facets.length > 0 && 'facets',
    masks && 'masks',
  ].filter(Boolean)
  if (wanted.length === 0) return
  throw new DinokitError('output-unavailable', `${id} is a ready-made ONNX file and gives its final tokens alone.`, {
    given: wanted.join(', '),
    hint: 'Open the same model from its .safetensors or .pth weights: dinokit writes the graph for any output.',
  })
}

function normalizeBatch({ data, shape }: PixelTensor, { preprocessing }: ModelCard, padding: Padding | undefined): Tensor {
  const [batch, height, width] = shape as [number, number, number, number]
  const length = height * width * 3
  const batched = new Float32Array(batch * length)
  for (let index = 0; index < batch; index++) {
    const values = data.subarray(index * length, (index + 1) * length)
    const image =
      values instanceof Float32Array ? { data: new Uint8Array(), unrounded: values, width, height } : { data: values, width, height }
    batched.set(normalize(image, preprocessing).data, index * length)
  }
  if (padding) clearPadding(batched, width, height, padding)
  return tensor('float32', batched, [batch, 3, height, width])
}

/** Zero wherever the input is padding; `values` is [...][height][width]. */
function clearPadding(values: Float32Array, width: number, height: number, { left, top, right, bottom }: Padding): void {
  for (let start = 0, row = 0; start < values.length; start += width, row = (row + 1) % height) {
    if (row < top || row >= height - bottom) values.fill(0, start, start + width)
    values.fill(0, start, start + left).fill(0, start + width - right, start + width)
  }
}
