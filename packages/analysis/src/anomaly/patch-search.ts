import { DinokitError, type AnyTensor, type Runtime, type RunOptions, type Tensor } from '@dinokit/core'
import { createGraphBuilder, encodeModel, type Graph, type Value } from '@dinokit/onnx'
import { unitTokens } from '../lib/unit-tokens.ts'

/** The nearest vector of a bank to each of some patches. */
export interface NearestPatches {
  /** Cosine similarity of each patch to its nearest vector. */
  readonly similarities: Float32Array
  /** Place of that vector in the bank. */
  readonly indices: Int32Array
}

/** Options of {@link PatchSearch.nearest}. */
export interface NearestOptions extends RunOptions {
  /** A part of the bank that is left out, counted from 0. */
  readonly without?: number
}

/** A bank's vectors in a session of the backbone's engine. Whoever made it disposes of it; twice is safe. */
export interface PatchSearch {
  /**
   * Finds the nearest vector of each patch.
   *
   * @param patches - [...][dim], of any length
   * @throws DinokitError `tensor-invalid` for patches of another width or that are not finite, `invalid-option` where nothing is left,
   *   those of the session
   */
  nearest(patches: Tensor, options?: NearestOptions): Promise<NearestPatches>
  dispose(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** A run of a bank's vectors, which one product serves. */
interface Piece {
  readonly part: number
  readonly start: number
  readonly end: number
}

/** Vectors of one product: its result for the patches of an image stays in a processor's caches, or nearly. */
const MOST_IN_PIECE = 16_384

/**
 * Makes a session that finds the nearest vectors of a bank: a product and a TopK for each 16,384 of them.
 *
 * @param runtime - of the backbone; stays the caller's
 * @param bank - [vectors][dim]; their lengths do not matter
 * @param parts - lengths of the bank's parts, one after the other, which can be left out of a search. Default: one part
 * @throws DinokitError `tensor-invalid` for an empty bank, one that is not finite, or parts of another length; those of the runtime
 */
export async function createPatchSearch(
  runtime: Pick<Runtime, 'createSession'>,
  bank: Tensor,
  parts: readonly number[] = [bank.shape[0]!],
): Promise<PatchSearch> {
  const dim = bank.shape.at(-1)!
  const length = parts.reduce((sum, part) => sum + part, 0)
  if (bank.shape.length !== 2 || length === 0 || length !== bank.shape[0]) {
    throw new DinokitError('tensor-invalid', 'The bank holds no patches, or others than its parts say.', {
      given: `[${bank.shape.join('][')}], parts of ${parts.join(', ')}`,
      expected: '[vectors][dim], of the parts together',
    })
  }
  const pieces = piecesOf(parts)
  const session = await runtime.createSession(encodeModel(searchGraph(unitTokens(bank), dim, pieces)))
  const dispose = (): Promise<void> => session.dispose()
  return {
    async nearest(patches, { without, ...options } = {}) {
      if (patches.shape.at(-1) !== dim) {
        throw new DinokitError('tensor-invalid', 'The patches are of another model than the bank.', {
          given: `${patches.shape.at(-1)} elements a patch`,
          expected: `${dim} elements`,
        })
      }
      if (pieces.every(({ part }) => part === without)) {
        throw new DinokitError('invalid-option', 'Nothing of the bank is left.', { given: `without part ${without}` })
      }
      const data = unitTokens(patches)
      const found = await session.run({ patches: { dtype: 'float32', shape: [data.length / dim, dim], data } }, options)
      return best(found, pieces, without)
    },
    dispose,
    [Symbol.asyncDispose]: dispose,
  }
}

function piecesOf(parts: readonly number[]): Piece[] {
  let begin = 0
  return parts.flatMap((length, part) => {
    const first = begin
    begin += length
    return Array.from({ length: Math.ceil(length / MOST_IN_PIECE) }, (_, index) => {
      const start = first + index * MOST_IN_PIECE
      return { part, start, end: Math.min(begin, start + MOST_IN_PIECE) }
    })
  })
}

/** Input `patches` [patches][dim]; outputs `similarities` and `indices` [patches][pieces]: the best of each piece, and its place there. */
function searchGraph(units: Float32Array, dim: number, pieces: readonly Piece[]): Graph {
  const g = createGraphBuilder('patch-search')
  const patches = g.input('patches', 'float32', ['patches', dim])
  const one = g.integers(1)
  const found = pieces.map(({ start, end }, index) => {
    const part = units.subarray(start * dim, end * dim)
    const weight = g.weight(`vectors${index}`, {
      dtype: 'float32',
      shape: [end - start, dim],
      read: () => new Uint8Array(part.buffer, part.byteOffset, part.byteLength),
    })
    return g.applyMany('TopK', 2, [g.apply('Gemm', [patches, weight], { transB: 1 }), one], { axis: 1 }) as [Value, Value]
  })
  const joined = (of: 0 | 1): Value =>
    found.length === 1
      ? found[0]![of]
      : g.apply(
          'Concat',
          found.map((each) => each[of]),
          { axis: 1 },
        )
  g.output('similarities', joined(0), 'float32', ['patches', pieces.length])
  g.output('indices', joined(1), 'int64', ['patches', pieces.length])
  return g.build()
}

/** The best of all pieces but those of a part; of equal ones the first. */
function best(outputs: Readonly<Record<string, AnyTensor>>, pieces: readonly Piece[], without: number | undefined): NearestPatches {
  const [values, places] = [outputs.similarities!.data as Float32Array, outputs.indices!.data as BigInt64Array]
  const count = values.length / pieces.length
  const [similarities, indices] = [new Float32Array(count).fill(-Infinity), new Int32Array(count)]
  for (let patch = 0, at = 0; patch < count; patch++) {
    for (const { part, start } of pieces) {
      const value = values[at]!
      if (part !== without && value > similarities[patch]!) {
        similarities[patch] = value
        indices[patch] = start + Number(places[at])
      }
      at++
    }
  }
  return { similarities, indices }
}
