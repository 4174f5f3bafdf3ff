import type { Architecture } from '@dinokit/core'
import type { Harm, MeasureHarm } from './measure-harm.ts'
import { groupName, listGroups, type GroupPlace } from './layer-groups.ts'

/**
 * Budget: what 8 bits may cost on the images that are looked at, as one minus the cosine to float32's tokens. It is less than what is promised,
 * since there are images that are worse.
 */
const BUDGET: Harm = { vector: 0.0006, patches: 0.0014, worst: 0.02 }

/** Measurements of a group of linear layers. */
export interface GroupReport {
  /** Name of the group, such as `block3.inner`. */
  readonly name: string
  /** Harm that 8 bits in this group alone do. */
  readonly harm: Harm
  /** Share of the multiplications of all groups, from 0 to 1: what 8 bits there can save. */
  readonly work: number
}

/** Choice of the groups that stay in float32. */
export interface GroupChoice {
  /** Names of the groups that stay. */
  readonly float32: readonly string[]
  /** Harm that 8 bits in all others do together. */
  readonly harm: Harm
  /** Each group alone, in the order of the network; empty where none had to be measured. */
  readonly groups: readonly GroupReport[]
}

/** Options of {@link chooseGroups}. */
export interface ChooseOptions {
  /** Measures the harm of groups together. */
  readonly together: MeasureHarm
  /** Measures the harm of one group alone: on fewer images, since it only sorts. */
  readonly alone: MeasureHarm
  /** Whether each group is measured alone even where all can be in 8 bits. */
  readonly everyGroup: boolean
}

/**
 * Chooses the groups of linear layers that stay in float32: none, where all in 8 bits stay within the budget. Otherwise each group's harm is
 * measured alone; then, sorted by harm for the work that 8 bits save, as many are brought to 8 bits as stay within the budget together.
 *
 * @param architecture - of the network
 * @param options - what measures harm
 */
export async function chooseGroups(architecture: Architecture, { together, alone, everyGroup }: ChooseOptions): Promise<GroupChoice> {
  const places = listGroups(architecture.depth)
  const all = await together([...places.keys()])
  const fits = spent(all) <= 1
  if (fits && !everyGroup) return { float32: [], harm: all, groups: [] }
  const whole = places.reduce((sum, place) => sum + multiplications(architecture, place), 0)
  const groups: GroupReport[] = []
  for (const [index, place] of places.entries())
    groups.push({ name: groupName(place), harm: await alone([index]), work: multiplications(architecture, place) / whole })
  if (fits) return { float32: [], harm: all, groups }
  const prices = groups.map(({ harm, work }) => spent(harm) / work)
  const order = [...places.keys()].sort((a, b) => prices[a]! - prices[b]!)
  // The largest number of groups within the budget, by halving.
  let [within, beyond, harm] = [0, places.length, NONE]
  while (beyond - within > 1) {
    const count = Math.floor((within + beyond) / 2)
    const measured = await together(order.slice(0, count))
    if (spent(measured) <= 1) [within, harm] = [count, measured]
    else beyond = count
  }
  return { float32: order.slice(within).map((index) => groupName(places[index]!)), harm, groups }
}

const NONE: Harm = { vector: 0, patches: 0, worst: 0 }

/** Share of the budget that a harm takes. */
function spent(harm: Harm): number {
  return Math.max(harm.vector / BUDGET.vector, harm.patches / BUDGET.patches, harm.worst / BUDGET.worst)
}

/** Multiplications of a group for a token. */
function multiplications({ dim, ffn, ffnHidden }: Architecture, { group }: GroupPlace): number {
  if (group === 'facets') return 3 * dim * dim
  if (group === 'projection') return dim * dim
  return dim * ffnHidden * (group === 'inner' && ffn !== 'mlp' ? 2 : 1)
}
