import { readAnomalyBank, type AnomalyBank, type TileOptions } from '@dinokit/analysis'
import { DinokitError } from '@dinokit/core'
import { commandRuntime } from '../../input/command-runtime.ts'

/**
 * Reads a bank to score images by.
 *
 * @param tiles - that images are to be seen in; default: as the bank says
 * @throws DinokitError `fingerprint-mismatch` for a bank of other tiles, and those of `readAnomalyBank`
 */
export async function openBank(path: string, tiles: TileOptions | undefined): Promise<AnomalyBank> {
  const source = await commandRuntime().readAsset({ kind: 'file', path })
  try {
    const bank = await readAnomalyBank(source)
    if (tiles) assertTiles(path, tiles, bank.info.tiles)
    return bank
  } finally {
    await source.close()
  }
}

function assertTiles(path: string, { tile, overlap }: TileOptions, learned: Required<TileOptions> | undefined): void {
  if (tile === learned?.tile && (overlap === undefined || overlap === learned?.overlap)) return
  const given = `--tile ${tile}${overlap === undefined ? '' : ` --overlap ${overlap}`}`
  throw new DinokitError('fingerprint-mismatch', `${path} was learned from ${learned ? 'other tiles' : 'whole images, not in tiles'}.`, {
    given,
    expected: learned ? `--tile ${learned.tile} --overlap ${learned.overlap}` : 'no --tile',
    hint: `Leave --tile out to see images as the bank did, or learn it anew with ${given}.`,
  })
}
