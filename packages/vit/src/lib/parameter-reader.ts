import type { StoredTensor, TensorFile } from '@dinokit/checkpoint'
import { DinokitError, type Architecture } from '@dinokit/core'
import { storedNames, type DetectedLayout } from '../layout.ts'
import { isOptional, listParameters, type ParameterReader } from '../parameters.ts'
import { withClsPosition } from '../forms/with-cls-position.ts'

/**
 * Checks that a file holds every parameter of an architecture in its shape, before any is read.
 *
 * @throws DinokitError `tensor-missing`, `tensor-invalid`
 */
export function createParameterReader(file: TensorFile, { layout, prefix }: DetectedLayout, architecture: Architecture): ParameterReader {
  const found = new Map<string, StoredTensor[]>()
  for (const { name, shape } of listParameters(architecture)) {
    const wanted = storedNames(layout, name).map((stored) => prefix + stored)
    const missing = wanted.find((stored) => !file.tensors.has(stored))
    if (missing !== undefined) {
      if (isOptional(name)) continue
      throw new DinokitError('tensor-missing', `${file.name} has no tensor ${missing}.`, {
        given: `${file.tensors.size} tensors`,
        expected: `${missing} of shape [${shape.join(', ')}]`,
        hint: 'The checkpoint may be of another architecture than the card says, or incomplete.',
      })
    }
    const parts = wanted
      .map((stored) => file.tensors.get(stored)!)
      .map((part) => (layout === 'timm' && lacksClsPosition(name, part, shape) ? withClsPosition(part) : part))
    const partShape = parts.length === 1 ? shape : [shape[0]! / parts.length, ...shape.slice(1)]
    for (const part of parts) assertShape(file.name, part, partShape)
    found.set(name, parts)
  }
  assertAllOrNone(file.name, architecture.depth, found)
  return {
    has: (name) => found.has(name),
    read: async (name, start = 0, end = Infinity) => {
      const parts = found.get(name)!
      // All parts of a parameter have the same shape.
      const length = parts[0]!.shape.reduce((product, side) => product * side, 1)
      const values = parts.flatMap((part, index) => {
        const from = Math.max(start - index * length, 0)
        const to = Math.min(end - index * length, length)
        return from < to ? [part.readFloat32(from, to)] : []
      })
      const read = values.length === 1 ? await values[0]! : concatenate(await Promise.all(values))
      assertFinite(file.name, parts[0]!.name, read)
      return read
    },
  }
}

/** One NaN makes every token NaN, without a word. */
function assertFinite(file: string, name: string, values: Float32Array): void {
  let sum = 0
  for (const value of values) sum += value * 0
  if (sum === 0) return
  const at = values.findIndex((value) => !Number.isFinite(value))
  throw new DinokitError('tensor-invalid', `${file}: tensor ${name} holds ${values[at]}.`, {
    given: `${values[at]} at element ${at}`,
    expected: 'finite numbers',
    hint: 'The training may have diverged, or 16 bits were too few for a weight: take an earlier checkpoint, or one in float32.',
  })
}

function concatenate(parts: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0))
  let offset = 0
  for (const part of parts) {
    whole.set(part, offset)
    offset += part.length
  }
  return whole
}

function lacksClsPosition(name: string, { shape }: StoredTensor, wanted: readonly number[]): boolean {
  return name === 'pos_embed' && shape.length === 3 && shape[1] === wanted[1]! - 1
}

const FLOATS: ReadonlySet<string> = new Set(['F32', 'F16', 'BF16', 'F64'])

function assertShape(file: string, stored: StoredTensor, shape: readonly number[]): void {
  const squeeze = (lengths: readonly number[]): string => lengths.filter((length) => length !== 1).join(', ')
  if (squeeze(stored.shape) !== squeeze(shape)) {
    throw new DinokitError('tensor-invalid', `${file}: tensor ${stored.name} has shape [${stored.shape.join(', ')}].`, {
      given: `[${stored.shape.join(', ')}]`,
      expected: `[${shape.join(', ')}]`,
      hint: 'The checkpoint is of another architecture than the card says.',
    })
  }
  if (!FLOATS.has(stored.dtype)) {
    throw new DinokitError('tensor-invalid', `${file}: tensor ${stored.name} is ${stored.dtype}.`, {
      given: stored.dtype,
      expected: 'F32, F16, BF16 or F64',
      hint: 'Quantized checkpoints can’t be used here: take the original one.',
    })
  }
}

function assertAllOrNone(file: string, depth: number, found: ReadonlyMap<string, unknown>): void {
  const gammas = Array.from({ length: depth }, (_, block) => [1, 2].map((part) => `blocks.${block}.ls${part}.gamma`)).flat()
  const missing = gammas.filter((name) => !found.has(name))
  if (missing.length > 0 && missing.length < gammas.length) {
    throw new DinokitError('tensor-missing', `${file} has LayerScale in some blocks but not ${missing[0]}.`, {
      given: `${gammas.length - missing.length} LayerScale tensors`,
      expected: `${gammas.length}, or none`,
    })
  }
}
