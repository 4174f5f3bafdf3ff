import { readSafetensors, writeSafetensors } from '@dinokit/checkpoint'
import {
  assertNotNewer,
  compareFingerprints,
  DinokitError,
  parseFingerprint,
  type ByteSource,
  type CompareOptions,
  type Fingerprint,
  type InputSize,
  type Tensor,
} from '@dinokit/core'
import type { TileOptions } from '../tiles/plan-tiles.ts'
import type { AnomalyThreshold } from './anomaly-threshold.ts'

/** Origin of a bank: images are scored as the good ones were seen. */
export interface AnomalyBankInfo {
  /** Fingerprint of the tokens. */
  readonly fingerprint: Fingerprint
  /** Layer of the tokens, counted from 1. */
  readonly layer: number
  /** The model's input; `native` where the images were seen in tiles. */
  readonly size: InputSize
  /** Tiles that the good images were seen in: others are seen in the same. */
  readonly tiles?: Required<TileOptions>
  /** Rows and columns of patches, where all the good images have the same. */
  readonly grid?: readonly [rows: number, columns: number]
  /** Threshold of `anomalyMask`, where the foreground alone was learned. */
  readonly foreground?: number
  /** Number of good images. */
  readonly images: number
  /** Score above which an image is not like the good ones, where there were enough of them to choose one. */
  readonly threshold?: AnomalyThreshold
}

/** Patches of good images. */
export interface AnomalyBank {
  readonly info: AnomalyBankInfo
  /** [patches][dim]; their lengths do not matter. */
  readonly patches: Tensor
}

/** The metadata key under which a bank's file carries its {@link AnomalyBankInfo}, and its version. */
const KEY = 'dinokit.anomaly-bank'
const VERSION = 1

/** Writes a bank as a safetensors file. */
export function writeAnomalyBank({ info, patches }: AnomalyBank): Uint8Array {
  return writeSafetensors({ patches }, { [KEY]: JSON.stringify({ version: VERSION, ...info }) })
}

/**
 * Reads a bank that {@link writeAnomalyBank} wrote.
 *
 * @param source - of the file; stays the caller's
 * @throws DinokitError `checkpoint-invalid` where it is no bank, `contract-mismatch` where a newer dinokit wrote it, `tensor-invalid` where it
 *   is empty or holds what is not finite, `checkpoint-unsafe`
 */
export async function readAnomalyBank(source: ByteSource): Promise<AnomalyBank> {
  const { name, tensors, metadata } = await readSafetensors(source)
  const info = infoOf(name, metadata[KEY])
  const stored = tensors.get('patches')
  if (stored?.shape.length !== 2 || stored.shape[0] === 0) {
    throw new DinokitError('tensor-invalid', `${name} holds no patches.`, {
      given: stored ? `[${stored.shape.join('][')}]` : [...tensors.keys()].join(', ') || 'no tensors',
      expected: 'patches [patches][dim], at least one',
    })
  }
  const data = await stored.readFloat32()
  if (!data.every(Number.isFinite)) {
    throw new DinokitError('tensor-invalid', `${name} holds patches that are not finite.`, {
      given: 'NaN or infinity',
      expected: 'finite numbers',
    })
  }
  return { info, patches: { dtype: 'float32', data, shape: stored.shape } }
}

/**
 * Refuses a bank whose patches another model made, or the same one from images of another size: their distances would mean nothing.
 *
 * @param name - of the bank, for the message
 * @param info - of the bank
 * @param given - fingerprint of the tokens that are to be scored
 * @param options - exceptions that the user allows
 * @returns what is to be said of tokens that it may score all the same, a sentence each
 * @throws DinokitError `fingerprint-mismatch`
 */
export function assertAnomalyBank(
  name: string,
  { fingerprint }: AnomalyBankInfo,
  given: Fingerprint,
  options?: CompareOptions,
): readonly string[] {
  const { refused, notes } = compareFingerprints(fingerprint, given, 'mix', options)
  const [different] = refused
  if (different === undefined) return notes
  throw new DinokitError('fingerprint-mismatch', `${name} is not for tokens whose ${different} is ${String(given[different])}.`, {
    given: `${different} ${String(given[different])}`,
    expected: `${different} ${String(fingerprint[different])}`,
    hint: 'Score with the model and the size that the bank was learned with, or learn it anew.',
  })
}

function infoOf(name: string, text: string | undefined): AnomalyBankInfo {
  let said: Partial<Record<string, unknown>> = {}
  try {
    const value: unknown = JSON.parse(text ?? '{}')
    if (typeof value === 'object' && value !== null) said = value
  } catch {
    // Said below: what is no JSON is no bank either.
  }
  const { version, ...info } = said
  if (typeof version === 'number') assertNotNewer(name, version, VERSION)
  if (version !== VERSION || !Number.isInteger(info.layer) || !Number.isInteger(info.images) || info.size === undefined) {
    throw new DinokitError('checkpoint-invalid', `${name} is no bank of good patches.`, {
      given: text === undefined ? `no ${KEY}` : text.slice(0, 80),
      expected: 'a file that `dinokit anomaly learn` wrote',
    })
  }
  return { ...(info as unknown as AnomalyBankInfo), fingerprint: parseFingerprint(name, info.fingerprint) }
}
