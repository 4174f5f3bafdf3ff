import { FLOAT32, INT64, INT8, integersOf, UINT8, type ModelGraph, type ModelNode, type ModelTensor } from './read-model.ts'
import { PANEL } from '../tasks.ts'
import { writtenAttentions } from './written-attention.ts'
import { writtenGates, writtenRotations } from './written-forms.ts'

/** Step of a network: a node, or several that are computed at once. */
export interface Step {
  readonly node: ModelNode
  /** Values that it reads, without constants of products and norms. */
  readonly reads: readonly string[]
  readonly writes: string
  /** For a product: whether GELU follows, and a value that is added. */
  readonly gelu?: boolean
  readonly added?: string
  /** For attention: a value that its maps are. */
  readonly maps?: string
  /** For levels: constants that the columns are multiplied by first. */
  readonly factors?: string
}

/** Operators of products. */
export const [FLOAT_PRODUCT, LEVEL_PRODUCT] = ['Gemm', 'DynamicQuantizeMatMul'] as const

/** Operator of a step that no node says: it brings numbers to levels, of which products are then. */
export const TO_LEVELS = 'levels'

/** Name of a network's input of images, as dinokit's graphs have it. */
export const IMAGES = 'pixels'
/** Name of its input of masks. */
export const MASK = 'mask'

/** Says that a graph is none that the kernels know. */
export class UnknownGraphError extends Error {}

function assume(holds: boolean, otherwise: string): asserts holds {
  if (!holds) throw new UnknownGraphError(otherwise)
}

/**
 * Plans the steps of a graph: products take the GELU or the sum that follows them.
 *
 * @param graph - as it was read
 * @throws UnknownGraphError where the kernels do not know it, with the reason
 */
export function planSteps(graph: ModelGraph): Step[] {
  const { nodes, tensors } = graph
  const onlyReader = findReaders(graph)
  const forms = [...writtenAttentions(graph), ...writtenGates(graph), ...writtenRotations(graph)]
  const merged = new Set<ModelNode>(forms.flatMap((one) => one.nodes))
  const steps: Step[] = []
  const levels = planLevels(steps)
  for (const node of nodes) {
    const writes = node.outputs[0]!
    const form = forms.find((one) => one.nodes.at(-1) === node)
    if (form) {
      CHECKS[form.node.operator]!(form.node, tensors)
      steps.push({ node: form.node, reads: form.node.inputs, writes, ...(form.maps !== undefined && { maps: form.maps }) })
    }
    if (merged.has(node)) continue
    const check = CHECKS[node.operator]
    assume(check !== undefined, `it has the operator ${node.operator}`)
    check(node, tensors)
    if (node.operator === 'Mul') {
      assume(onlyReader(writes)?.operator === LEVEL_PRODUCT, 'it multiplies what is not brought to levels')
      levels.multiply(node)
      continue
    }
    assume(node.operator !== 'Gelu', 'it has a GELU that follows no product')
    const isProduct = node.operator === FLOAT_PRODUCT || node.operator === LEVEL_PRODUCT
    const reads =
      node.operator === LEVEL_PRODUCT
        ? [levels.of(node.inputs[0]!)]
        : node.inputs.filter((input) => !tensors.has(input) || !FOLDED.has(node.operator))
    const own = { node, reads, writes }
    const next = isProduct ? onlyReader(writes) : undefined
    const following = next && withNext(own, next, { steps, tensors })
    if (following) merged.add(next)
    steps.push(following ?? own)
  }
  checkReads(graph, steps)
  return steps
}

/** Finds the node that alone reads a value, which is no output. */
function findReaders({ nodes, outputs }: ModelGraph): (value: string) => ModelNode | undefined {
  const readers = new Map<string, ModelNode[]>()
  for (const node of nodes) for (const input of node.inputs) readers.set(input, [...(readers.get(input) ?? []), node])
  return (value) => {
    const found = readers.get(value) ?? []
    return found.length === 1 && !outputs.includes(value) ? found[0] : undefined
  }
}

/** Plans steps that bring values to levels, one for each value. */
function planLevels(steps: Step[]): { readonly of: (value: string) => string; readonly multiply: (node: ModelNode) => void } {
  /** Values that are read as levels alone: what they are made of. */
  const scaled = new Map<string, Pick<Step, 'factors'> & { readonly from: string }>()
  return {
    of(value) {
      const writes = `${value}, in levels`
      const { from = value, factors } = scaled.get(value) ?? {}
      if (!steps.some((step) => step.writes === writes)) {
        const node = { operator: TO_LEVELS, inputs: [from], outputs: [writes], attributes: {} }
        steps.push({ node, reads: [from], writes, ...(factors !== undefined && { factors }) })
      }
      return writes
    },
    multiply({ inputs: [from, factors], outputs }) {
      scaled.set(outputs[0]!, { from: from!, factors: factors! })
    },
  }
}

/** A product with the GELU that follows it, or with the value that is added to it; undefined where neither is. */
function withNext(
  own: Step,
  next: ModelNode,
  { steps, tensors }: Pick<ModelGraph, 'tensors'> & { readonly steps: readonly Step[] },
): Step | undefined {
  const writes = next.outputs[0]!
  if (next.operator === 'Gelu') {
    CHECKS.Gelu!(next, tensors)
    return { ...own, gelu: true, writes }
  }
  const added = next.operator === 'Add' ? next.inputs.find((input) => input !== own.writes) : undefined
  // What is added has to be there already.
  const isThere =
    added !== undefined && !tensors.has(added) && steps.some((step) => step.writes === added && step.node.operator !== 'Shape')
  return isThere ? { ...own, reads: [...own.reads, added], added, writes } : undefined
}

/** Sees that all that steps read is there: of nodes that are computed at once, only the last gives a value. */
function checkReads({ inputs, tensors }: ModelGraph, steps: readonly Step[]): void {
  const made = new Set([
    ...inputs,
    ...tensors.keys(),
    ...steps.flatMap(({ writes, maps }) => (maps === undefined ? [writes] : [writes, maps])),
  ])
  for (const { node, reads } of steps) for (const name of reads) assume(made.has(name), `a ${node.operator} reads ${name}`)
}

/** Operators whose constants are laid out beforehand. */
const FOLDED: ReadonlySet<string> = new Set(['Gemm', 'LayerNormalization'])

/** Longest depth whose sums of levels are whole numbers of 32 bits: each is at most 255 times 128. */
const DEEPEST = 65_536

type Check = (node: ModelNode, tensors: ReadonlyMap<string, ModelTensor>) => void

const always: Check = () => {}

const isFloats = (tensor: ModelTensor | undefined, rank: number): tensor is ModelTensor =>
  tensor?.type === FLOAT32 && tensor.shape.length === rank

const CHECKS: Readonly<Record<string, Check>> = {
  Shape: always,
  Identity: always,
  Expand: always,
  Add: always,
  Div: always,
  Sub: (node, tensors) => {
    const constant = tensors.get(node.inputs[1]!)
    assume(constant?.type === FLOAT32 && constant.bytes.length === 4, 'it subtracts what is no constant')
  },
  Concat: ({ attributes }) => assume(attributes.axis === 0 || attributes.axis === 1, `it joins along the axis ${String(attributes.axis)}`),
  Cast: ({ attributes }) => assume(attributes.to === FLOAT32, 'it makes other numbers than floats'),
  Reshape: (node, tensors) => {
    const shape = tensors.get(node.inputs[1]!)
    assume(!shape || shape.type === INT64, 'it has a shape of other numbers')
  },
  Transpose: ({ attributes }) =>
    assume(String(attributes.perm) === '0,1,3,2,4', `it changes the order of axes to ${String(attributes.perm)}`),
  Gelu: ({ attributes }) => assume(Object.keys(attributes).length === 0, 'its GELU is another'),
  Gemm: ({ inputs, attributes }, tensors) => {
    const [weight, bias] = [tensors.get(inputs[1]!), tensors.get(inputs[2]!)]
    const { transB, ...others } = attributes
    assume(transB === 1 && Object.keys(others).length === 0, 'a product has other options')
    assume(isFloats(weight, 2) && isFloats(bias, 1), 'a product has weights that are no constant floats')
    const [out, depth] = weight.shape as [number, number]
    assume(out % PANEL === 0 && depth % 4 === 0 && bias.shape[0] === out, `a product is of ${depth} by ${out}`)
  },
  DynamicQuantizeMatMul: ({ inputs, attributes }, tensors) => {
    const [levels, sizes, center, bias] = inputs.slice(1).map((name) => tensors.get(name))
    assume(Object.keys(attributes).length === 0, 'a product of levels has other options')
    assume(levels?.shape.length === 2 && isFloats(sizes, 1) && isFloats(bias, 1), 'a product of levels has other constants')
    const [depth, out] = levels.shape as [number, number]
    // Signed levels around 0, or unsigned ones around what is said.
    assume(
      center ? levels.type === UINT8 && center.type === UINT8 && center.bytes.length === 1 : levels.type === INT8 && !inputs[3],
      'a product of levels has another center',
    )
    assume(
      out % PANEL === 0 && depth % 8 === 0 && depth <= DEEPEST && bias.shape[0] === out && sizes.shape[0] === out,
      `a product of levels is of ${depth} by ${out}`,
    )
  },
  Mul: ({ inputs }, tensors) => assume(isFloats(tensors.get(inputs[1]!), 1), 'it multiplies by what is no constant'),
  LayerNormalization: ({ inputs, attributes }, tensors) => {
    const [weight, bias] = [tensors.get(inputs[1]!), tensors.get(inputs[2]!)]
    assume(isFloats(weight, 1) && isFloats(bias, 1) && attributes.axis === -1, 'a norm has other options')
    assume(weight.shape[0]! % 4 === 0, `a norm is of ${weight.shape[0]}`)
  },
  Unsqueeze: ({ inputs }, tensors) => {
    const axes = tensors.get(inputs[1]!)
    assume(axes?.type === INT64 && String(integersOf(axes)) === '-1', 'it adds another axis than the last')
  },
  Where: ({ inputs }, tensors) => assume(tensors.get(inputs[1]!)?.type === FLOAT32, 'it chooses what is no constant'),
  SwiGlu: always,
  Rotate: ({ attributes }) => assume((attributes.dim as number) % 8 === 0, `it turns heads of ${String(attributes.dim)}`),
  MultiHeadAttention: ({ inputs, attributes }) => {
    assume(inputs.length === 3 && String(Object.keys(attributes)) === 'num_heads', 'its attention has other options')
  },
}
