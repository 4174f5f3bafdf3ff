import { describeAsset, DinokitError, findModelCard, MODEL_CARDS, type ModelCard } from '@dinokit/core'
import { hubCacheFolder, ownCacheFolder } from '@dinokit/runtime-node'
import type { Command } from 'commander'
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
    .description('List every model: names, download size, license, speed, and whether it is on this machine')
    .action(async (_options: unknown, command: Command) => {
      const { output } = context(command)
      output.note(`${'MODEL'.padEnd(28)}${'DOWNLOAD'.padStart(9)}  ${'LICENSE'.padEnd(12)}${'SPEED'.padEnd(9)}THE SAME, AS META HAS IT`)
      for (const { card, also } of listModels(MODEL_CARDS)) {
        const { path, ...described } = await describeCard(card)
        const others = await Promise.all(also.map(describeCard))
        const bytes = downloadBytes(card)
        const found = [{ path, id: card.id }, ...others].find((of) => of.path !== undefined)
        const here = found ? (found.id === card.id ? '  here' : `  here as ${found.id}`) : ''
        const row = [
          card.id.padEnd(28),
          (bytes === 0 ? 'embedded' : `${Math.round(bytes / 1e6)} MB`).padStart(9),
          `  ${card.license.padEnd(12)}`,
          speedClass(card).padEnd(9),
          also.map(({ id }) => id).join(', '),
          bytes === 0 ? '' : here,
        ]
        const said = {
          ...described,
          ...(path !== undefined && { path }),
          downloadBytes: bytes,
          speed: speedClass(card),
          also: also.map(({ id }) => id),
        }
        output.result(card.id, said, row.join('').trimEnd())
      }
      output.note('Speed is by the work of one image at 224 pixels: from one class to the next about four times as long.')
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
        if (card.weights) await (await commandRuntime().readAsset(card.weights, { signal, onProgress: output.onProgress })).close()
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
            given: card.weights ? describeAsset(card.weights) : card.id,
            hint: `Fetch it: dinokit models download ${card.id}`,
          })
        output.result(card.id, path, `${card.id}  ${path}`)
      })
    })
}

async function eachCard(
  command: Command,
  context: (command: Command) => CommandContext,
  ids: readonly string[],
  work: (card: ModelCard) => Promise<void>,
): Promise<void> {
  // An unknown name is wrong usage, whatever the others are.
  const cards = ids.map((id) => findModelCard(id))
  for (const card of cards) {
    try {
      await work(card)
    } catch (error) {
      if (!DinokitError.is(error) || error.code === 'aborted') throw error
      context(command).output.failure(card.id, error)
    }
  }
}
