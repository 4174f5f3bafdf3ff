import { createMemoryStore, fillStore, layoutFor } from '@dinokit/store'
import { TYPESCRIPT } from '@dinokit/testing/typescript'
import { spawn } from 'node:child_process'
import { chmod, chown, cp, link, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { imagesIn, type ImagesInOptions, type PassedOver } from '@dinokit/image-files'
import { open } from 'dinokit'
import { runDinokit, type CommandRun } from '../../cli/src/testing/run-dinokit.ts'

let folder: string
const dinokit = (args: readonly string[]): Promise<CommandRun> => runDinokit(args, { cwd: folder })

async function write(path: string, format: 'png' | 'jpeg' | 'webp' | 'gif' | 'tiff' | 'avif' = 'jpeg'): Promise<string> {
  const whole = join(folder, path)
  await mkdir(dirname(whole), { recursive: true })
  await writeFile(
    whole,
    await sharp({ create: { width: 8, height: 8, channels: 3, background: '#f80' } })
      .toFormat(format)
      .toBuffer(),
  )
  return whole
}

async function search(
  named: string | readonly string[],
  options: ImagesInOptions = {},
): Promise<{ readonly ids: string[]; readonly failed: string[][]; readonly passedOver: PassedOver }> {
  const [ids, failed]: [string[], string[][]] = [[], []]
  let passedOver: PassedOver | undefined
  const at = (name: string): string => join(folder, name)
  const paths = typeof named === 'string' ? at(named) : named.map(at)
  for await (const { id, hash } of imagesIn(paths, { ...options, onPassedOver: (said) => (passedOver = said) })) {
    const code = await hash!().then(
      () => undefined,
      (error: unknown) => (error as { code: string }).code,
    )
    if (code) failed.push([id.replace(folder, ''), code])
    else ids.push(id)
  }
  return { ids, failed, passedOver: passedOver! }
}

beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'dinokit-images-'))))
afterAll(() => rm(folder, { recursive: true }))

describe('what is an image', () => {
  beforeAll(async () => {
    for (const name of ['a.jpg', 'b.JPEG', 'c.jpe', 'd.jfif', 'e.JFIF', 'k']) await write(`kinds/${name}`)
    for (const [name, format] of [
      ['f.png', 'png'],
      ['g.webp', 'webp'],
      ['h.gif', 'gif'],
      ['i.tif', 'tiff'],
      ['j.avif', 'avif'],
      ['l', 'png'],
      ['m', 'webp'],
      ['n', 'gif'],
      ['o', 'tiff'],
      ['p', 'avif'],
    ] as const)
      await write(`kinds/${name}`, format)
    for (const name of ['.hidden.jpg', 'one.heic', 'two.HEIC', 'x.txt', 'y.txt', 'z.txt', 'README', 'empty'])
      await writeFile(join(folder, 'kinds', name), name === 'empty' ? '' : 'text')
    await write('kinds/.thumbnails/t.jpg')
  })

  test('endings in any case, and files without one that begin as an image; the rest is counted', async () => {
    const { ids, passedOver } = await search('kinds')
    expect(ids.map((id) => id.slice('kinds/'.length, 'kinds/'.length + 1)).join('')).toBe('abcdefghijklmnop')
    expect(passedOver).toEqual({
      files: 9,
      kinds: { '.txt': 3, '.heic': 2, hidden: 2, 'no ending': 2 },
      repeated: 0,
      folders: 0,
    })
  })

  test('is told once by the command: on standard error, or in the summary of --json', async () => {
    const small = ['--size', '14x14']
    const run = await dinokit(['embed', 'kinds', ...small])
    expect(run.stderr).toBe('9 files passed over: 3 .txt, 2 .heic, 2 hidden, 2 no ending\n')
    expect((await dinokit(['embed', 'kinds', '--quiet', ...small])).stderr).toBe('')
    const json = await dinokit(['embed', 'kinds', '--json', ...small])
    expect(json.stderr).toBe('')
    expect(
      json
        .lines()
        .slice(0, -1)
        .map(({ input }) => input),
    ).toHaveLength(16)
    expect(json.lines().at(-1)).toMatchObject({
      summary: { images: 16, failed: 0, passedOver: { files: 9, kinds: { '.heic': 2, '.txt': 3 } } },
    })
    const indexed = await dinokit(['index', 'kinds', '--store', 'kinds.store', '--json', ...small])
    expect(indexed.lines().at(-1)).toMatchObject({ output: { rows: 16, passedOver: { files: 9, kinds: { '.heic': 2 } } } })
    await mkdir(join(folder, 'nothing', 'inside'), { recursive: true })
    await writeFile(join(folder, 'nothing', 'a.heic'), '')
    const nothing = await dinokit(['embed', 'nothing'])
    expect([nothing.code, nothing.stderr]).toEqual([
      2,
      expect.stringContaining('1 file passed over: 1 .heic; 1 folder not looked into (--recursive does)\nerror: There are no'),
    ])
  })
})

describe('each file counts once', () => {
  beforeAll(async () => {
    const cat = await write('once/real/cat.jpg')
    const dog = await write('once/real/deep/dog.jpg')
    await symlink(join(folder, 'once'), join(folder, 'once', 'real', 'aa-up'))
    await symlink(cat, join(folder, 'once', 'a-link.jpg'))
    await symlink(join(folder, 'once', 'real', 'deep'), join(folder, 'once', 'also-deep'))
    await symlink('round-b', join(folder, 'once', 'round-a'))
    await symlink('round-a', join(folder, 'once', 'round-b'))
    await symlink('gone.jpg', join(folder, 'once', 'broken.jpg'))
    await write('elsewhere/owl.jpg')
    await symlink(join(folder, 'elsewhere'), join(folder, 'once', 'more'))
    await link(dog, join(folder, 'once', 'copy.jpg'))
  })

  test('links to parents, to folders and to files add nothing; what lies elsewhere is found by its link; hard links are copies', async () => {
    expect(await search('once')).toEqual({
      ids: ['once/copy.jpg', 'once/more/owl.jpg', 'once/real/cat.jpg', 'once/real/deep/dog.jpg'],
      failed: [['/once/broken.jpg', 'file-not-found']],
      passedOver: { files: 2, kinds: { 'broken link': 2 }, repeated: 3, folders: 0 },
    })
  })

  test('holds however often a file or a folder is named', async () => {
    const { ids, passedOver } = await search(['once/real/cat.jpg', 'once/real', 'once/real/', 'once/also-deep', 'once/r*/*.jpg'])
    expect(ids).toEqual(['cat.jpg', 'real/aa-up/copy.jpg', 'real/aa-up/more/owl.jpg', 'real/deep/dog.jpg'])
    expect(passedOver.repeated).toBeGreaterThan(5)
  })
})

test('fails a folder that can’t be read by its name, also behind a glob', async () => {
  const shut = join(folder, 'shut')
  await write('shut/open/a.jpg')
  await write('shut/closed/b.jpg')
  await chmod(join(shut, 'closed'), 0o000)
  // To root everything is open: another user looks.
  const root = process.getuid?.() === 0
  if (root) {
    await chmod(folder, 0o755)
    await chown(join(shut, 'closed'), 1, 1)
  }
  const script = `
    import { imagesIn } from ${JSON.stringify(new URL('../../image-files/src/images-in.ts', import.meta.url).href)}
    const found = []
    for (const named of ['shut', 'shut/**/*.jpg'])
      for await (const { id, hash } of imagesIn(named)) found.push(await hash().then(() => id, (error) => [error.code, error.message]))
    process.stdout.write(JSON.stringify(found))`
  const child = spawn(process.execPath, [...TYPESCRIPT, '--input-type=module', '-e', script], {
    cwd: folder,
    ...(root && { uid: 65534, gid: 65534, env: { PATH: process.env.PATH } }),
  })
  let [stdout, stderr] = ['', '']
  child.stdout.on('data', (chunk) => (stdout += String(chunk)))
  child.stderr.on('data', (chunk) => (stderr += String(chunk)))
  await new Promise((done) => child.on('close', done))
  await chmod(join(shut, 'closed'), 0o755)
  expect(stderr).toBe('')
  const failure = ['file-unreadable', expect.stringMatching(/closed.* can’t be looked into: permission is denied/)]
  expect(JSON.parse(stdout)).toEqual(['shut/open/a.jpg', failure, 'shut/open/a.jpg', failure])
})

test('takes paths alone in fillStore: they are ids and sources; keeps what is there, and names what is not', async () => {
  const [path, gone] = [await write('alone/a.jpg'), join(folder, 'alone', 'gone.jpg')]
  await using vision = await open({ size: { width: 14, height: 14 } })
  await using store = createMemoryStore(layoutFor(vision, { size: { width: 14, height: 14 } }))
  const outcomes = async (): Promise<string[]> => {
    const all: string[] = []
    for await (const { image, outcome, error } of fillStore(vision, store, [path, gone])) all.push(`${image.id} ${outcome ?? error.code}`)
    return all.sort()
  }
  expect(await outcomes()).toEqual([`${path} added`, `${gone} file-not-found`].sort())
  expect(await outcomes()).toEqual([`${path} kept`, `${gone} file-not-found`].sort())
  expect((await store.get([path])).rows[0]!.source).toBe(path)
})

test('takes in fillStore what imagesIn finds, with labels from folders, and reports what has none', async () => {
  await cp(fileURLToPath(new URL('../../../examples/first-look/images/chelsea.jpg', import.meta.url)), await write('photos/cats/a.jpg'))
  await write('photos/dogs/b.jfif')
  await write('photos/stray.png', 'png')
  await using vision = await open({ size: { width: 14, height: 14 } })
  await using store = createMemoryStore(layoutFor(vision, { size: { width: 14, height: 14 } }))
  const outcomes: string[] = []
  for await (const { image, outcome, error } of fillStore(
    vision,
    store,
    imagesIn(join(folder, 'photos'), { labelsFromFolders: true, split: 'train' }),
  ))
    outcomes.push(`${image.id.replace(folder, '')} ${outcome ?? error.code}`)
  expect(outcomes.sort()).toEqual(['/photos/stray.png label-invalid', 'photos/cats/a.jpg added', 'photos/dogs/b.jfif added'])
  const { rows } = await store.get(['photos/cats/a.jpg', 'photos/dogs/b.jfif'])
  expect(rows.map(({ label, split }) => [label, split])).toEqual([
    ['cats', 'train'],
    ['dogs', 'train'],
  ])
})
