import { FLOAT32, floatsOf, integersOf, type ModelGraph, type ModelNode } from './read-model.ts'
import { makersOf, type WrittenForm } from './written-forms.ts'

const [ROWS_TO_HEADS, KEYS_TO_HEADS] = ['0,2,1,3', '0,2,3,1'] as const

/**
 * Finds attention that is written out, so that a graph has its maps: softmax of the scaled products of queries and keys, times the values.
 *
 * @param graph - as it was read
 */
export function writtenAttentions({ nodes, tensors }: ModelGraph): WrittenForm[] {
  const makerOf = makersOf(nodes)
  const readersOf = (value: string | undefined): ModelNode[] => nodes.filter(({ inputs }) => value !== undefined && inputs.includes(value))
  /** The node that makes a value, where it is of an operator and nobody else reads the value. */
  const maker = (value: string | undefined, operator: string): ModelNode | undefined =>
    readersOf(value).length === 1 ? makerOf(value, operator) : undefined
  /** The nodes that bring [batch][tokens][width] to heads. */
  const heads = (value: string | undefined, order: string): readonly [ModelNode, ModelNode] | undefined => {
    const turned = maker(value, 'Transpose')
    const split = maker(turned?.inputs[0], 'Reshape')
    return turned && split && String(turned.attributes.perm) === order ? [turned, split] : undefined
  }
  return nodes.flatMap((softmax): WrittenForm[] => {
    if (softmax.operator !== 'Softmax' || softmax.attributes.axis !== -1) return []
    const [maps] = softmax.outputs as [string]
    const scores = maker(softmax.inputs[0], 'MatMul')
    const [queries, keys] = [heads(scores?.inputs[0], ROWS_TO_HEADS), heads(scores?.inputs[1], KEYS_TO_HEADS)]
    const scaled = maker(queries?.[1].inputs[0], 'Mul')
    const mixed = readersOf(maps).find(({ operator, inputs }) => operator === 'MatMul' && inputs[0] === maps)
    const values = heads(mixed?.inputs[1], ROWS_TO_HEADS)
    const [result, ...more] = readersOf(mixed?.outputs[0])
    if (!scores || !queries || !keys || !scaled || !mixed || !values || result?.operator !== 'Transpose' || more.length > 0) return []
    const sizes = tensors.get(makerOf(queries[1].inputs[1], 'Concat')?.inputs[1] ?? '')
    const scale = tensors.get(scaled.inputs[1]!)
    if (!sizes || scale?.type !== FLOAT32 || scale.bytes.length !== 4 || String(result.attributes.perm) !== ROWS_TO_HEADS) return []
    const [, count, dim] = integersOf(sizes) as [number, number, number]
    if (Math.abs(floatsOf(scale)[0]! * Math.sqrt(dim) - 1) > 1e-6) return []
    const inputs = [scaled.inputs[0]!, keys[1].inputs[0]!, values[1].inputs[0]!]
    return [
      {
        node: { operator: 'MultiHeadAttention', inputs, outputs: result.outputs, attributes: { num_heads: count } },
        maps,
        nodes: [scaled, ...queries, ...keys, scores, softmax, ...values, mixed, result],
      },
    ]
  })
}
