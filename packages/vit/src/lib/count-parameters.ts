import type { Architecture } from '@dinokit/core'
import { listParameters } from '../parameters.ts'

/** Number of parameters of a network, or of those that count. */
export function countParameters(architecture: Architecture, counts: (name: string) => boolean = () => true): number {
  return listParameters(architecture)
    .filter(({ name }) => counts(name))
    .reduce((sum, { shape }) => sum + shape.reduce((product, length) => product * length, 1), 0)
}
