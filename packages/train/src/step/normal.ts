import type { Random } from '@dinokit/core/augment'

/** Number of uniform numbers that make a normal one: their sum has variance 1, and the same bits in every engine. */
const TERMS = 12

/** A number of mean 0 and deviation 1, nearly normal: the sum of twelve uniform ones (Irwin and Hall), less 6. */
export function normal(random: Random): number {
  let sum = -TERMS / 2
  for (let i = 0; i < TERMS; i++) sum += random.uniform()
  return sum
}
