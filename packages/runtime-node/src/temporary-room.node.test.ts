import { TYPESCRIPT } from '@dinokit/testing/typescript'
import { spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'

const OPENER = fileURLToPath(new URL('testing/open-large-model.ts', import.meta.url))
const NODE = `'${process.execPath}' ${TYPESCRIPT.join(' ')} '${OPENER}'`

let folder: string
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'dinokit-test-'))))
afterAll(() => rm(folder, { recursive: true }))

interface Said {
  readonly code: string
  readonly message: string
}

/** Opens a model where TMPDIR is a disk of its own. */
function openOn(disk: string, options: string): Said {
  const command = `mount -t tmpfs -o ${options} tmpfs '${disk}' && ${NODE} '${disk}'`
  const { stdout, stderr } = spawnSync('unshare', ['-rm', 'sh', '-c', command], { encoding: 'utf8' })
  expect(stdout, stderr).not.toBe('')
  return JSON.parse(stdout) as Said
}

const smallDisks = spawnSync('unshare', ['-rm', 'sh', '-c', 'mount -t tmpfs tmpfs /mnt']).status === 0

test.skipIf(!smallDisks)('names a small TMPDIR, and one that is only read, with the bytes that are needed (needs unshare)', async () => {
  const disk = join(folder, 'disk')
  await mkdir(disk)
  const small = openOn(disk, 'size=1m')
  expect(small).toMatchObject({ code: 'disk-full' })
  expect(small.message).toMatch(new RegExp(`${disk}.*3001000 bytes.*TMPDIR`))
  const readOnly = openOn(disk, 'ro')
  expect(readOnly).toMatchObject({ code: 'file-unwritable' })
  expect(readOnly.message).toMatch(new RegExp(`${disk}, is on a disk that is only read.*3001000 bytes.*TMPDIR`))
})

test('names a TMPDIR that is not there, and the bytes that are needed', () => {
  const none = join(folder, 'none')
  const said = JSON.parse(spawnSync('sh', ['-c', `${NODE} '${none}'`], { encoding: 'utf8' }).stdout) as Said
  expect(said).toMatchObject({ code: 'file-unwritable' })
  expect(said.message).toMatch(new RegExp(`${none}, is not there.*3001000 bytes.*TMPDIR`))
})
