import { TYPESCRIPT } from '@dinokit/testing/typescript'
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, test, vi } from 'vitest'
import { hubCacheFolder, ownCacheFolder } from './cache-folders.ts'

afterEach(() => vi.unstubAllEnvs())

const NAMES = ['HOME', 'HF_HUB_CACHE', 'HUGGINGFACE_HUB_CACHE', 'HF_HOME', 'XDG_CACHE_HOME', 'DINOKIT_CACHE']

test('downloads are kept where the environment says', () => {
  for (const name of NAMES) vi.stubEnv(name, undefined)
  vi.stubEnv('HOME', '/somewhere')
  expect([hubCacheFolder(), ownCacheFolder()]).toEqual(['/somewhere/.cache/huggingface/hub', '/somewhere/.cache/dinokit'])
  vi.stubEnv('XDG_CACHE_HOME', '/cache')
  expect([hubCacheFolder(), ownCacheFolder()]).toEqual(['/cache/huggingface/hub', '/cache/dinokit'])
  vi.stubEnv('HF_HOME', '/hf')
  vi.stubEnv('DINOKIT_CACHE', '/own')
  expect([hubCacheFolder(), ownCacheFolder()]).toEqual(['/hf/hub', '/own'])
})

/** Command that runs as in a container with a user of whom it knows nothing but a number. */
const NOBODY = ['--user', '--map-user=54321', '--map-group=54321']
const nobodies = process.platform === 'linux' && spawnSync('unshare', [...NOBODY, 'true']).status === 0

test.skipIf(!nobodies)('needs one variable without HOME and an entry of the user, and none without a download (needs unshare)', () => {
  const module = (name: string): string => JSON.stringify(fileURLToPath(new URL(name, import.meta.url)))
  const script = `Promise.all([import(${module('cache-folders.ts')}), import(${module('read-asset.ts')})]).then(async ([folders, assets]) => {
    const said = (work) => { try { return work() } catch (error) { return [error.code, error.message] } }
    const hub = { kind: 'hub', repo: 'someone/model', file: 'model.bin' }
    console.log(JSON.stringify({
      hub: said(folders.hubCacheFolder),
      own: said(folders.ownCacheFolder),
      found: (await assets.findAsset(hub)) ?? 'none',
      read: await assets.readAsset(hub).catch((error) => error.code),
    }))
  })`
  const run = (env: Readonly<Record<string, string>>): unknown => {
    const kept = Object.fromEntries(Object.entries(process.env).filter(([name]) => !NAMES.includes(name)))
    const args = [...NOBODY, process.execPath, ...TYPESCRIPT, '--eval', script]
    const { stdout, stderr } = spawnSync('unshare', args, { env: { ...kept, HF_HUB_OFFLINE: '1', ...env }, encoding: 'utf8' })
    expect(stdout, stderr).not.toBe('')
    return JSON.parse(stdout) as unknown
  }
  const told = ['file-unwritable', expect.stringContaining('Set DINOKIT_CACHE') as string]
  expect(run({})).toEqual({ hub: told, own: told, found: 'none', read: 'file-unwritable' })
  expect(run({ DINOKIT_CACHE: '/data' })).toEqual({ hub: '/data/huggingface/hub', own: '/data', found: 'none', read: 'offline' })
  expect(run({ HF_HOME: '/data' })).toEqual({ hub: '/data/hub', own: '/data/dinokit', found: 'none', read: 'offline' })
})
