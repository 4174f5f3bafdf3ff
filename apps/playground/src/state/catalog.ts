import { listCache, MODEL_CARDS } from 'dinokit/browser'

/** A model that can be downloaded. */
export interface CatalogEntry {
  readonly id: string
  readonly title: string
  readonly parameters: number
  /** Size of the download in bytes. */
  readonly bytes: number
  readonly registers: boolean
  /** Part of it that is in the browser's cache. */
  readonly cached: 'none' | 'part' | 'whole'
  /** The file's name in the cache. */
  readonly file: string
}

/** WebAssembly addresses 4 GiB, weights and all: giant does not fit. */
const LARGEST = 2 ** 31

const FLOAT = 4

/** DINOv2 as the hub has it, with what is here already. */
export async function catalog(): Promise<CatalogEntry[]> {
  const cache = await listCache().catch(() => [])
  return MODEL_CARDS.flatMap(({ id, parameters, architecture, weights }) => {
    if (weights?.kind !== 'hub' || parameters * FLOAT > LARGEST) return []
    const file = `${weights.repo}/${weights.file}`
    const found = cache.find(({ name }) => name === file)
    const cached = found ? (found.complete ? 'whole' : 'part') : 'none'
    const word = id.replace(/^dinov2-(?:with-registers-)?/, '')
    const title = `${word[0]!.toUpperCase()}${word.slice(1)}`
    return [{ id, title, parameters, bytes: parameters * FLOAT, registers: architecture.registers > 0, cached, file } as const]
  })
}
