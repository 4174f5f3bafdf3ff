import { DinokitError } from '@dinokit/core'
import type { RowInfo } from '../contract/store.ts'

const REQUIRED = ['id', 'source', 'hash'] as const
const OPTIONAL = ['label', 'annotation', 'split'] as const

/**
 * Checks a file's description of an image.
 *
 * @param name - of the file
 * @param value - a JSON text, or what one holds
 * @throws DinokitError `store-invalid`
 */
export function parseRowInfo(name: string, value: unknown): RowInfo {
  const row = (typeof value === 'string' ? tryParse(value) : value) as Record<string, unknown> | undefined
  const isText = (field: string): boolean => typeof row?.[field] === 'string'
  if (row && REQUIRED.every(isText) && isPlacement(row.placement)) {
    const { placement } = row
    return Object.fromEntries([
      ...[...REQUIRED, ...OPTIONAL].filter(isText).map((field) => [field, row[field]]),
      ['placement', placement],
    ]) as RowInfo
  }
  throw new DinokitError('store-invalid', `${name} has a row without its id, source, hash or placement.`, {
    given: typeof value === 'string' ? value.slice(0, 80) : Object.keys(row ?? {}).join(', '),
    expected: 'id, source, hash and placement',
  })
}

function tryParse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function isPlacement(value: unknown): boolean {
  const { source, resized, input, left, top } = (value ?? {}) as Record<string, Record<string, unknown> | undefined>
  const sizes = [source, resized, input].every((size) => Number.isFinite(size?.width) && Number.isFinite(size?.height))
  return sizes && Number.isFinite(left) && Number.isFinite(top)
}
