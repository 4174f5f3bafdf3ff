import type { ModelFamily } from '@dinokit/core/relatives'
import type { ModelCard } from 'dinokit/browser'
import type { OpenModel } from './protocol.ts'

/**
 * Says a model's family and license in words. Of a file that does not say its license, those of the published weights of its shape are named.
 *
 * @param card - of the model
 * @param families - whose shape it has
 * @param known - whether the model was asked for by name, so that its family is sure
 */
export function describeFamily(
  { description, license }: Pick<ModelCard, 'description' | 'license'>,
  families: readonly ModelFamily[],
  known: boolean,
): Pick<OpenModel, 'family' | 'license'> {
  const names = families.map(({ family }) => family)
  const said = license !== 'unknown'
  const published = families.map((of) => `${of.license} (${of.family})`).join(', ')
  return {
    family: names.length === 0 ? description : `${listed(names)}${known ? '' : ', by its shape'}`,
    license: said
      ? license
      : published === ''
        ? 'not said in the file'
        : `not said in the file; of the published weights of this shape: ${published}`,
  }
}

function listed(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`
}
