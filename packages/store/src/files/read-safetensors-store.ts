import { fromFloat16, readSafetensors, type StoredTensor } from '@dinokit/checkpoint'
import { DinokitError, type ByteSource } from '@dinokit/core'
import type { StoreFile } from '../contract/store-file.ts'
import { bytesPerRow, countElements, parseLayout } from '../contract/store-layout.ts'
import type { StoreRow } from '../contract/store.ts'
import { ROWS } from './export-safetensors.ts'
import { parseRowInfo } from './parse-row-info.ts'
import { rowsOf } from './rows-of.ts'

const PIECE = 1_000_000
const WINDOW_BYTES = 16_000_000

/** See `openStoreFile`. */
export async function readSafetensorsStore(source: ByteSource): Promise<StoreFile> {
  const { metadata, tensors } = await readSafetensors({ ...source, close: async () => {} })
  const layout = parseLayout(source.name, metadata.dinokit)
  const find = (name: string): StoredTensor => {
    const found = tensors.get(name)
    if (found) return found
    throw new DinokitError('store-invalid', `${source.name} has no tensor ${name}.`, {
      expected: 'a file that `dinokit store export` wrote',
    })
  }
  const count = find('cls').shape[0]!
  for (const [name, shape] of Object.entries(layout.tensors))
    if (find(name).shape.join() !== [count, ...shape].join())
      throw new DinokitError('store-invalid', `${source.name} has ${name} of shape [${find(name).shape.join('][')}].`, {
        expected: `[${[count, ...shape].join('][')}]`,
      })
  const width = layout.dtype === 'float16' ? 2 : 4
  const read = async (name: string, start: number, rows: number): Promise<Float32Array> => {
    const each = countElements(layout.tensors[name]!) * width
    const bytes = (await find(name).readBytes(start * each, rows * each)).slice()
    return width === 2 ? fromFloat16(new Uint16Array(bytes.buffer)) : new Float32Array(bytes.buffer)
  }
  return {
    layout,
    count,
    async *rows() {
      const most = Math.max(1, Math.floor(WINDOW_BYTES / bytesPerRow(layout)))
      let start = 0
      for await (const lines of linesOf(find(ROWS), most)) {
        const infos = lines.map((line) => parseRowInfo(source.name, line))
        const columns: Record<string, Float32Array> = {}
        for (const name of Object.keys(layout.tensors)) columns[name] = await read(name, start, infos.length)
        start += infos.length
        yield infos.map((info, row): StoreRow => ({ ...info, tensors: rowsOf(columns, row, layout) }))
      }
      if (start !== count) throw new DinokitError('store-invalid', `${source.name} describes ${start} of its ${count} rows.`)
    },
  }
}

/** Lines of text, in groups. */
async function* linesOf(text: StoredTensor, group: number): AsyncGenerator<string[], void, undefined> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let rest = ''
  for (let at = 0; at < text.byteLength; at += PIECE) {
    const piece = await text.readBytes(at, Math.min(PIECE, text.byteLength - at))
    const lines = (rest + decodePiece(decoder, piece)).split('\n')
    rest = lines.pop()!
    for (let start = 0; start < lines.length; start += group) yield lines.slice(start, start + group)
  }
}

function decodePiece(decoder: TextDecoder, piece: Uint8Array): string {
  try {
    return decoder.decode(piece, { stream: true })
  } catch (cause) {
    throw new DinokitError('store-invalid', 'The rows are not valid UTF-8 text.', {
      expected: 'a file that `dinokit store export` wrote',
      cause,
    })
  }
}
