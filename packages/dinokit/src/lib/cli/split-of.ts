import { InvalidArgumentError } from 'commander'
import { createHash } from 'node:crypto'
import type { SplitOf } from '../images/images-to-store.ts'

/**
 * `train` for all, or shares such as `train=80,val=20`. A picture's share depends on its id alone, so that it stays where it
 * is when others come.
 */
export function parseSplit(text: string): SplitOf {
  if (!text.includes('=')) return () => text
  const shares = text.split(',').map((part) => {
    const match = /^\s*([^=\s]+)\s*=\s*(\d+(?:\.\d+)?)\s*%?\s*$/.exec(part)
    if (!match || Number(match[2]) <= 0) throw new InvalidArgumentError('Give a name, or shares such as train=80,val=20.')
    return { name: match[1]!, share: Number(match[2]) }
  })
  const total = shares.reduce((sum, { share }) => sum + share, 0)
  return (id) => {
    let left = (createHash('sha256').update(id).digest().readUInt32BE() / 2 ** 32) * total
    for (const { name, share } of shares) if ((left -= share) < 0) return name
    return shares[shares.length - 1]!.name
  }
}
