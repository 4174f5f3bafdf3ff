import { MODEL_CARDS } from '@dinokit/core'
import { RELATED_MODELS } from '@dinokit/core/relatives'
import { describeCard, downloadBytes, listModels, speedClass } from '../../input/listed-models.ts'
import type { CommandContext } from '../command-context.ts'

type Output = CommandContext['output']

/** Lists the models that are known by name, family by family, with license, speed, and whether they are on this machine. */
export async function tellModels(output: Output): Promise<void> {
  let last: string | undefined
  for (const { card, also } of listModels(MODEL_CARDS)) {
    const family = card.weights === undefined ? 'tiny' : 'DINOv2'
    const heading =
      family === 'tiny'
        ? ['EMBEDDED', 'DOWNLOAD', 'LICENSE', 'SPEED', '']
        : ['DINOV2', 'DOWNLOAD', 'LICENSE', 'SPEED', 'THE SAME, AS META HAS IT']
    if (family !== last) output.note(`${last === undefined ? '' : '\n'}${rowOf(heading)}`)
    last = family
    const { path, ...described } = await describeCard(card)
    const others = await Promise.all(also.map(describeCard))
    const bytes = downloadBytes(card)
    const found = [{ path, id: card.id }, ...others].find((of) => of.path !== undefined)
    const here = found ? (found.id === card.id ? '  here' : `  here as ${found.id}`) : ''
    const row = [card.id, sizeOf(bytes), card.license, speedClass(card), also.map(({ id }) => id).join(', ')]
    const said = {
      ...described,
      family,
      ...(path !== undefined && { path }),
      downloadBytes: bytes,
      speed: speedClass(card),
      also: also.map(({ id }) => id),
    }
    output.result(card.id, said, `${rowOf(row)}${bytes === 0 ? '' : here}`)
  }
  await listRelated(output)
  output.note('Speed is by the work of one image at 224 pixels: from one class to the next about four times as long.')
  output.note('Of gated models accept the license on the page of their repository, and give a token of your account as HF_TOKEN.')
}

/** Lists the relatives of DINOv2, family by family. */
async function listRelated(output: Output): Promise<void> {
  let last: string | undefined
  for (const model of RELATED_MODELS) {
    const { id, family, parameters, shape, license, gated, repo } = model
    if (family !== last) output.note(`\n${rowOf([family.toUpperCase(), 'DOWNLOAD', 'LICENSE', 'SPEED', 'REPOSITORY'])}`)
    last = family
    const [bytes, speed] = [4 * parameters, speedClass({ parameters, architecture: shape })]
    const described = { ...(await describeCard(model)), downloadBytes: bytes, speed }
    const row = rowOf([id, sizeOf(bytes), license, speed, `${repo}${gated ? ', gated' : ''}`])
    output.result(id, described, `${row}${described.path === undefined ? '' : '  here'}`)
  }
}

function sizeOf(bytes: number): string {
  return bytes === 0 ? 'embedded' : `${Math.round(bytes / 1e6)} MB`
}

function rowOf([name, size, license, speed, rest]: readonly string[]): string {
  return `${name!.padEnd(28)}${size!.padStart(9)}  ${license!.padEnd(17)}${speed!.padEnd(9)}${rest!}`.trimEnd()
}
