import type { TensorFile } from '@dinokit/checkpoint'
import { DinokitError, tensor, type AnyTensor, type HeadHost, type HeadNeeds, type Placement, type Tensor } from '@dinokit/core'
import {
  measureExtent,
  OWN_DEPTH_KEY,
  readLayer,
  readTensors,
  sourceMap,
  type DepthAnswer,
  type OwnDepthDescription,
} from '@dinokit/head-kit'
import { encodeModel } from '@dinokit/onnx'
import { mapUnit, type Depth, type DepthUnit } from '../depth-answer.ts'
import type { DepthNetwork } from '../lib/depth-network.ts'
import { wholeOfPadded } from '../lib/whole-of-padded.ts'
import { cubicMap } from './cubic-map.ts'
import { decideAnswer, type SaidOfDepth } from './decide-answer.ts'
import { fillSky } from './fill-sky.ts'
import { depthInputSize } from './input-size.ts'
import { ownDepthGraph } from './own-graph.ts'

/** Focal length, in pixels, at which Depth Anything 3 Metric's numbers are meters. */
const CANONICAL_FOCAL_LENGTH = 300

/**
 * Makes the network of a depth model's own head: what `ownDepth` of @dinokit/head-kit writes.
 *
 * @param host - that the head is attached to
 * @param file - open; it stays the caller's
 * @param said - what the user says of it
 * @throws DinokitError `model-unsupported`, `tensor-missing`, `tensor-invalid`, `invalid-option`
 */
export async function openOwnDepth(host: HeadHost, file: TensorFile, said: SaidOfDepth): Promise<DepthNetwork> {
  const description = JSON.parse(file.metadata[OWN_DEPTH_KEY]!) as OwnDepthDescription
  const answer = decideAnswer(host.card.id, description.answer, said)
  const { dim, depth, patch } = host.card.architecture
  const tensors = new Map([...(await readTensors(file))].map(([name, of]) => [name.replace(/^depth_head\./, ''), of]))
  const graph = ownDepthGraph({ name: file.name, description, tensors, dim, patch }, answer)
  const session = await host.runtime.createSession(encodeModel(graph), { ...(host.signal && { signal: host.signal }) })
  const { layers, norm, readout, input } = description
  return {
    needs: needsOf(description, depth),
    size: (source) => depthInputSize(input, patch, source),
    async run(tokens, signal) {
      const feeds: Record<string, AnyTensor> = {}
      layers.forEach((layer, index) => {
        const { cls, patches } = readLayer(tokens, layer, norm)
        feeds[`patches${index}`] = patches
        if (readout !== 'ignore') feeds[`cls${index}`] = cls
      })
      const { map, sky } = await session.run(feeds, { ...(signal && { signal }) })
      const grid = tensor('float32', map!.data as Float32Array, map!.shape.slice(2))
      if (sky) fillSky(grid.data, sky.data as Float32Array)
      return grid
    },
    answer: (grid, placement, { focalLength }) => answerOf(description, answer, { grid, placement, focalLength }),
    dispose: () => session.dispose(),
  }
}

function needsOf({ layers, norm }: OwnDepthDescription, depth: number): HeadNeeds {
  return norm ? { layers: layers.filter((layer) => layer !== depth) } : { rawLayers: layers }
}

interface Answering {
  readonly grid: Tensor
  readonly placement: Placement
  readonly focalLength: number | undefined
}

function answerOf({ output, input }: OwnDepthDescription, answer: DepthAnswer, { grid, placement, focalLength }: Answering): Depth {
  const unit = unitOf(answer, focalLength)
  const scaled =
    answer.kind === 'scaled' && unit === 'meters' ? times(grid, focalAt(placement, focalLength!) / CANONICAL_FOCAL_LENGTH) : grid
  const seen = input.rule === 'pad' ? wholeOfPadded(placement) : placement
  const corners = output === 'corners'
  const map = corners ? sourceMap(scaled, seen, { ...mapUnit(unit), corners }) : cubicMap(scaled, seen, mapUnit(unit))
  const extent = corners ? measureExtent(map, seen, scaled, corners) : extentOf(map.data, map.unknown)
  const range = answer.kind === 'meters' ? ([0, answer.maxDepth] as const) : undefined
  return { unit, map, ...(unit === 'meters' && { meters: map }), ...extent, ...(range && { range }) }
}

function unitOf(answer: DepthAnswer, focalLength: number | undefined): DepthUnit {
  if (focalLength !== undefined && !(focalLength > 0 && Number.isFinite(focalLength))) {
    throw new DinokitError('invalid-option', `The focal length is ${focalLength}.`, {
      given: String(focalLength),
      expected: 'pixels of the source image, above 0',
    })
  }
  if (answer.kind !== 'scaled') return answer.kind === 'disparity' ? 'disparity' : 'meters'
  if (focalLength === undefined) return 'relative'
  if (answer.metric === true) return 'meters'
  throw new DinokitError(
    'invalid-option',
    answer.metric === false
      ? 'A focal length was given, and this model (Depth Anything 3 Mono) has no meters.'
      : 'A focal length was given, and nothing says that this is Depth Anything 3 Metric.',
    {
      given: `focalLength ${focalLength}`,
      expected: 'Depth Anything 3 Metric, whose config.json says da3metric-large',
      hint: answer.metric === false ? 'Leave it out.' : 'Put the config.json beside the file, or say it: --unit meters (depth({ unit })).',
    },
  )
}

/** The focal length in pixels of the model's input: both sides' mean, as Depth Anything 3 takes it (utils/alignment.py). */
function focalAt({ source, resized }: Placement, focalLength: number): number {
  return (focalLength * (resized.width / source.width + resized.height / source.height)) / 2
}

function times({ data, shape }: Tensor, factor: number): Tensor {
  return tensor(
    'float32',
    data.map((value) => value * factor),
    shape,
  )
}

function extentOf(data: Float32Array, unknown: number): Pick<Depth, 'min' | 'max'> {
  let [min, max] = [Infinity, -Infinity]
  for (const value of data) {
    if (value === unknown) continue
    if (value < min) min = value
    if (value > max) max = value
  }
  return { min, max }
}
