import { tensor } from '@dinokit/core'
import { decode } from 'fast-png'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { colorize } from '../index.ts'
import { writePng } from './index.ts'

test('writes pixels and maps as PNG files, and names a place that can’t be written', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'dinokit-test-'))
  try {
    const map = tensor('float32', Float32Array.of(0, 1, 2, 3, 4, 5), [2, 3])
    await writePng(join(folder, 'map.png'), map, { palette: 'magma' })
    const { width, height, data } = decode(await readFile(join(folder, 'map.png')))
    expect([width, height, [...data]]).toEqual([3, 2, [...colorize(map, { palette: 'magma' }).data]])
    await expect(writePng(join(folder, 'no', 'map.png'), map)).rejects.toMatchObject({ code: 'file-unwritable' })
  } finally {
    await rm(folder, { recursive: true })
  }
})
