import { describeAsset, DinokitError, findModelCard, type ModelCard } from '@dinokit/core'
import { findRelatedModel, type RelatedModel } from '@dinokit/core/relatives'
import { hubCacheFolder, ownCacheFolder } from '@dinokit/runtime-node'
import type { Command } from 'commander'
import { loadBackbone } from 'dinokit'
import { commandRuntime } from '../input/command-runtime.ts'
import type { CommandContext } from '../output/command-context.ts'
import { describeCard, pathOf } from '../input/listed-models.ts'
import { tellModels } from '../output/found/told-models.ts'

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
      await tellModels(output)
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
