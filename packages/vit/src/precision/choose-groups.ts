import type { Architecture } from '@dinokit/core'
import type { Harm, MeasureHarm } from './measure-harm.ts'
import { groupName, listGroups, type GroupPlace } from './layer-groups.ts'

/**
 * Budget: what 8 bits may cost on the images that are looked at, as one minus the cosine to float32's tokens. It is less than what is promised,
 * since there are images that are worse.
 */
const BUDGET: Harm = { vector: 0.0006, patches: 0.0014, worst: 0.02 }

/**
 * Chooses the groups of linear layers that stay in float32. Each group's harm is measured alone; then, sorted by harm for the work that
 * 8 bits save, as many are brought to 8 bits as stay within the budget together.
 *
 * @param architecture - of the network
 * @param measure - the harm of a choice
 * @returns names of those that stay
 */
export async function chooseGroups(architecture: Architecture, measure: MeasureHarm): Promise<string[]> {
  const places = listGroups(architecture.depth)
  const prices: number[] = []
  for (const [index, place] of places.entries()) prices.push(spent(await measure([index])) / multiplications(architecture, place))
  const order = [...places.keys()].sort((a, b) => prices[a]! - prices[b]!)
  // The largest number of groups within the budget, by halving.
  let [within, beyond] = [0, places.length + 1]
  while (beyond - within > 1) {
    const count = Math.floor((within + beyond) / 2)
    if (spent(await measure(order.slice(0, count))) <= 1) within = count
    else beyond = count
  }
  return order.slice(within).map((index) => groupName(places[index]!))
}

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
