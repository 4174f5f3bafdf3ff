import type { Architecture } from '@dinokit/core'
import type { BlockWeights } from '../vit-graph.ts'

/** Linear layers of a block that share an input: queries, keys and values do. */
export const LAYER_GROUPS = {
  facets: ['query', 'key', 'value'],
  projection: ['projection'],
  inner: ['inner'],
  outer: ['outer'],
} as const satisfies Readonly<Record<string, readonly (keyof BlockWeights)[]>>

/** A group's name. */
export type LayerGroup = keyof typeof LAYER_GROUPS

/** Names of the groups, in the order in which a block computes them. */
const GROUP_NAMES = Object.keys(LAYER_GROUPS) as LayerGroup[]

/** A group of a block, by the block's index from 0. */
export interface GroupPlace {
  readonly block: number
  readonly group: LayerGroup
}

/**
 * Name of a group, such as `block3.inner`.
 *
 * @param place - of the group
 */
export function groupName({ block, group }: GroupPlace): string {
  return `block${block + 1}.${group}`
}

/**
 * Names of the matrices of a group in the graph.
 *
 * @param place - of the group
 */
export function matrixNames({ block, group }: GroupPlace): string[] {
  return LAYER_GROUPS[group].map((role) => `block${block + 1}.${role}.weight`)
}

/**
 * All groups of a network.
 *
 * @param depth - number of blocks
 */
export function listGroups(depth: number): GroupPlace[] {
  return Array.from({ length: depth }, (_, block) => GROUP_NAMES.map((group) => ({ block, group }))).flat()
}

/**
 * Width of a group's input.
 *
 * @param architecture - of the network
 * @param place - of the group
 */
export function inputWidth({ dim, ffnHidden }: Architecture, { group }: GroupPlace): number {
  return group === 'outer' ? ffnHidden : dim
}
