import { InvalidArgumentError } from 'commander'
import type { SplitChoice } from '@dinokit/image-files'

/** `train` for all, or shares such as `train=80,val=20`. */
export function parseSplit(text: string): SplitChoice {
  if (!text.includes('=')) return { all: text }
  const shares = text.split(',').map((part) => {
    const match = /^\s*([^=\s]+)\s*=\s*(\d+(?:\.\d+)?)\s*%?\s*$/.exec(part)
    if (!match || Number(match[2]) <= 0) throw new InvalidArgumentError('Give a name, or shares such as train=80,val=20.')
    return { name: match[1]!, share: Number(match[2]) }
  })
  if (new Set(shares.map(({ name }) => name)).size < shares.length) throw new InvalidArgumentError('Name each split once.')
  return { shares }
}
