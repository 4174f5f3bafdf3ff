import type { OutputRequest } from '../contract/backbone.ts'
import type { HeadNeeds } from '../contract/head.ts'
import type { Tokens } from '../contract/tokens.ts'

const LISTS = ['layers', 'rawLayers', 'attention', 'facets'] as const
const NAMES = { layers: 'layer', rawLayers: 'raw layer', attention: 'the attention of layer', facets: 'the facets of layer' } as const

/** All that any of some requests asks for; lists in ascending order. */
export function unionOf(requests: readonly OutputRequest[]): OutputRequest {
  const union: { -readonly [Key in keyof OutputRequest]: OutputRequest[Key] } = {}
  for (const list of LISTS) {
    const all = [...new Set(requests.flatMap((request) => request[list] ?? []))].sort((a, b) => a - b)
    if (all.length > 0) union[list] = all
  }
  if (requests.some((request) => request.masks)) union.masks = true
  return union
}

/** Whether a session that gives `given` serves `wanted` too. */
export function covers(given: OutputRequest, wanted: OutputRequest): boolean {
  return LISTS.every((list) => (wanted[list] ?? []).every((layer) => given[list]?.includes(layer))) && (!wanted.masks || !!given.masks)
}

/** The first output that tokens lack, as a person would call it. */
export function missingOutput(needs: HeadNeeds, tokens: Tokens): string | undefined {
  for (const list of LISTS) {
    const missing = needs[list]?.find((layer) => !tokens[list]?.[layer])
    if (missing !== undefined) return `${NAMES[list]} ${missing}`
  }
  return undefined
}
