import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { imagesIn } from './images-in.ts'

const COMPOSED = 'caf\u00e9.png'
const DECOMPOSED = 'cafe\u0301.png'
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dinokit-tables-'))
  const png = await sharp({ create: { width: 4, height: 4, channels: 3, background: '#08f' } })
    .png()
    .toBuffer()
  for (const name of ['cats/a.png', 'dogs/b.png', COMPOSED.replace('caf', 'one-caf'), DECOMPOSED.replace('caf', 'two-caf')]) {
    await mkdir(dirname(join(folder, 'images', name)), { recursive: true })
    await writeFile(join(folder, 'images', name), png)
  }
  await mkdir(join(folder, 'masks'))
  await writeFile(join(folder, 'masks', 'a.png'), png)
})
afterAll(() => rm(folder, { recursive: true }))

async function labelsBy(table: string | Uint8Array): Promise<string[]> {
  await writeFile(join(folder, 'labels.csv'), table)
  const labels: string[] = []
  for await (const { id, label, split, annotation, hash } of imagesIn(join(folder, 'images'), { labels: join(folder, 'labels.csv') })) {
    const error = await hash!().then(
      () => undefined,
      (cause: unknown) => (cause as { code: string }).code,
    )
    const said = [label, split, annotation?.replace(folder, '')].filter(Boolean).join(' ')
    if (!error) labels.push(`${id.replace('images/', '').normalize('NFC')} ${said}`)
  }
  return labels
}

const ROWS = [
  ['Path', 'LABEL', 'split', 'Annotation'],
  ['images/cats/a.png', 'cat', 'train', 'masks/a.png'],
  ['images/dogs/b.png', 'dog', 'val', ''],
]
const tableOf = (separator: string): string => ROWS.map((row) => row.join(separator)).join('\r\n')
const utf16 = (text: string, big: boolean): Uint8Array => {
  const bytes = Buffer.from(`\ufeff${text}`, 'utf16le')
  return big ? bytes.swap16() : bytes
}

test.each<[string, () => string | Uint8Array]>([
  ['commas', () => tableOf(',')],
  ['semicolons', () => tableOf(';')],
  ['tabs', () => tableOf('\t')],
  ['quotes', () => tableOf(',').replaceAll(/[\w/.]+/g, '"$&"')],
  ['a mark of UTF-8', () => `\ufeff${tableOf(';')}`],
  ['UTF-16', () => utf16(tableOf('\t'), false)],
  ['UTF-16, the other way round', () => utf16(tableOf('\t'), true)],
  ['paths of Windows', () => tableOf(',').replaceAll('/', '\\')],
])('reads a table with %s as the same', async (_, table) => {
  expect(await labelsBy(table())).toEqual(['cats/a.png cat train /masks/a.png', 'dogs/b.png dog val'])
})

test('takes composed and decomposed letters for the same name', async () => {
  const table = (form: string): string => `path,label\nimages/one-caf\u00e9.png,one\nimages/two-caf\u00e9.png,two\n`.normalize(form)
  const expected = ['one-caf\u00e9.png one', 'two-caf\u00e9.png two']
  expect((await labelsBy(table('NFC'))).sort()).toEqual(expected)
  expect((await labelsBy(table('NFD'))).sort()).toEqual(expected)
})

test.each<[string, string | Uint8Array, RegExp]>([
  ['a column twice', 'path,label,Label\na,b,c\n', /column label twice/],
  ['no path', 'name;label\na;b\n', /has the columns name, label\. .*semicolons or tabs/],
  ['nothing', '', /has the columns \(none\)/],
  ['another encoding', Buffer.from('path,label\ncaf\u00e9.png,x\n', 'latin1'), /is not valid UTF-8 text.*Save it as UTF-8/],
  ['UTF-16 without its mark', Buffer.from('path,label\na.png,x\n', 'utf16le'), /is not valid UTF-8 text/],
  ['rows of another length', 'path,label\na.png,x,y\n', /Invalid Record Length.*line 2/],
  ['a row without a path', 'path,label\nimages/cats/a.png,cat\n,dog\n', /no image in line 3/],
  ['an image twice', 'path,label\nimages/cats/a.png,x\nimages\\cats\\a.png,y\n', /names images\\cats\\a\.png twice/],
])('tells of %s', async (_, table, message) => {
  const failure: unknown = await labelsBy(table).catch((error: unknown) => error)
  expect(failure).toMatchObject({ code: 'label-invalid', message: expect.stringMatching(message) })
})
