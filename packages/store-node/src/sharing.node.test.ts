import { makeLayout, makeRows } from '@dinokit/store/testing'
import { TYPESCRIPT } from '@dinokit/testing/typescript'
import { spawnSync } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openLanceStore } from './open-lance-store.ts'
import type { OtherReport } from './testing/read-as-other.ts'

const OTHER = fileURLToPath(new URL('testing/read-as-other.ts', import.meta.url))
const NOBODY = 65_534
const layout = makeLayout()
const posix = process.platform !== 'win32'
const root = process.getuid?.() === 0

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dinokit-sharing-'))
  await chmod(folder, 0o755)
})
afterAll(() => rm(folder, { recursive: true }))

async function makeStore(name: string, mode: number): Promise<string> {
  const path = join(folder, name)
  await mkdir(path)
  await chmod(path, mode)
  const store = await openLanceStore(path, { layout })
  await store.append(makeRows(layout, 3))
  await store.append(makeRows(layout, 2, 2))
  await store.optimize()
  await store.close()
  return path
}

async function modesOf(path: string): Promise<string[]> {
  const found = await readdir(path, { recursive: true, withFileTypes: true })
  const modes = found.map(async (entry) => {
    const { mode } = await stat(join(entry.parentPath, entry.name))
    return `${entry.isDirectory() ? 'folder' : 'file'} ${(mode & 0o777).toString(8)}`
  })
  return [...new Set(await Promise.all(modes))].sort()
}

/** Opens stores as another user. */
function asOther(...given: readonly string[]): OtherReport[] {
  const args = [...TYPESCRIPT, OTHER, ...given]
  const { stdout, stderr } = spawnSync(process.execPath, args, { uid: NOBODY, gid: NOBODY, encoding: 'utf8' })
  expect(stdout, stderr).not.toBe('')
  return JSON.parse(stdout) as OtherReport[]
}

test.skipIf(!posix).each([
  ['755', ['file 644', 'folder 755']],
  ['775', ['file 664', 'folder 775']],
  ['700', ['file 600', 'folder 700']],
])('gives the files of a store in a folder of mode %s its permissions', async (mode, modes) => {
  expect(await modesOf(await makeStore(`modes-${mode}`, Number.parseInt(mode, 8)))).toEqual(modes)
})

test.skipIf(!root)(
  'lets another user read a store where its folder allows it, and says what lacks permission (needs root)',
  { timeout: 120_000 },
  async () => {
    const [open, secret, locked] = [await makeStore('open', 0o755), await makeStore('secret', 0o755), await makeStore('locked', 0o700)]
    const data = join(secret, 'tokens.lance', 'data')
    const names = (await readdir(data)).sort()
    for (const name of names) await chmod(join(data, name), 0o600)
    const file = join(data, names[0]!)
    const refusal = (code: string, words: string, hint: string): unknown => ({
      code,
      message: expect.stringMatching(RegExp(`this user may not ${words}, owned by user 0\\).*${hint}`)) as string,
    })
    expect(asOther(open, 'read', open, 'write', secret, 'read', locked, 'read')).toEqual([
      { rows: 4, problems: 0 },
      refusal('file-unwritable', `write to ${open} \\(mode 755`, 'chmod -R g\\+rwX'),
      refusal('file-unreadable', `read ${file} \\(mode 600`, 'chmod -R a\\+rX'),
      refusal('file-unreadable', `look into ${locked} \\(mode 700`, 'chmod -R a\\+rX'),
    ])
  },
)
