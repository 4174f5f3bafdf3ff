import { describeAsset, DinokitError, findModelCard, MODEL_CARDS, type ModelCard } from '@dinokit/core'
import { findRelatedModel, RELATED_MODELS, type RelatedModel } from '@dinokit/core/relatives'
import { hubCacheFolder, ownCacheFolder } from '@dinokit/runtime-node'
import type { Command } from 'commander'
import { loadBackbone } from 'dinokit'
import { commandRuntime } from '../input/command-runtime.ts'
import type { CommandContext } from '../output/command-context.ts'
import { describeCard, downloadBytes, listModels, pathOf, speedClass } from '../input/listed-models.ts'

/** `dinokit models` */
export function addModelsCommand(program: Command, context: (command: Command) => CommandContext): void {
  const models = program
    .command('models')
    .summary('List, download and locate models')
    .description('List the models that dinokit knows by name, download them, and print where they are.')
    .addHelpText(
      'after',
      '\nExamples:\n  $ dinokit models list\n  $ dinokit models download dinov2-small\n  $ dinokit models info dinov2_vitb14_reg\n  $ dinokit models path',
    )

  models
    .command('list')
    .description('List every model, family by family: names, download size, license, speed, and whether it is on this machine')
    .action(async (_options: unknown, command: Command) => {
      const { output } = context(command)
      output.note(rowOf(['DINOV2', 'DOWNLOAD', 'LICENSE', 'SPEED', 'THE SAME, AS META HAS IT']))
      for (const { card, also } of listModels(MODEL_CARDS)) {
        const { path, ...described } = await describeCard(card)
        const others = await Promise.all(also.map(describeCard))
        const bytes = downloadBytes(card)
        const found = [{ path, id: card.id }, ...others].find((of) => of.path !== undefined)
        const here = found ? (found.id === card.id ? '  here' : `  here as ${found.id}`) : ''
        const row = [card.id, sizeOf(bytes), card.license, speedClass(card), also.map(({ id }) => id).join(', ')]
        const said = {
          ...described,
          family: bytes === 0 ? 'tiny' : 'DINOv2',
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
    })

  models
    .command('info')
    .description('Print model cards')
    .argument('<ids...>')
    .action(async (ids: string[], _options: unknown, command: Command) => {
      const { output } = context(command)
      await eachCard(command, context, ids, async (card) => {
        const described = await describeCard(card)
        output.result(card.id, described, JSON.stringify(described, undefined, 2))
      })
    })

  models
    .command('download')
    .description('Download weights; resumes interrupted downloads and verifies digests')
    .argument('<ids...>')
    .action(async (ids: string[], _options: unknown, command: Command) => {
      const { output, signal } = context(command)
      await eachCard(command, context, ids, async (card) => {
        const options = { signal, onProgress: output.onProgress }
        if ('repo' in card) await (await loadBackbone(commandRuntime(), card.id, options)).close()
        else if (card.weights) await (await commandRuntime().readAsset(card.weights, options)).close()
        const path = (await pathOf(card))!
        output.result(card.id, path, `${card.id}  ${path}`)
      })
    })

  models
    .command('path')
    .description('Print where models are, or would be, stored')
    .argument('[ids...]')
    .action(async (ids: string[], _options: unknown, command: Command) => {
      const { output } = context(command)
      if (ids.length === 0) {
        output.result('hub', hubCacheFolder(), `hub files    ${hubCacheFolder()}`)
        output.result('own', ownCacheFolder(), `other files  ${ownCacheFolder()}`)
      }
      await eachCard(command, context, ids, async (card) => {
        const path = await pathOf(card)
        if (!path)
          throw new DinokitError('file-not-found', `${card.id} is not on this machine.`, {
            given: 'weights' in card ? describeAsset(card.weights) : card.id,
            hint: `Fetch it: dinokit models download ${card.id}`,
          })
        output.result(card.id, path, `${card.id}  ${path}`)
      })
    })
}

/** Lists the relatives of DINOv2, family by family. */
async function listRelated(output: CommandContext['output']): Promise<void> {
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

async function eachCard(
  command: Command,
  context: (command: Command) => CommandContext,
  ids: readonly string[],
  work: (card: ModelCard | RelatedModel) => Promise<void>,
): Promise<void> {
  // An unknown name is wrong usage, whatever the others are.
  const cards = ids.map((id) => findRelatedModel(id) ?? findModelCard(id))
  for (const card of cards) {
    try {
      await work(card)
    } catch (error) {
      if (!DinokitError.is(error) || error.code === 'aborted') throw error
      context(command).output.failure(card.id, error)
    }
  }
}
