import type { ModelFamily } from '@dinokit/core/relatives'
import type { ModelCard } from 'dinokit/browser'
import type { OpenModel } from './protocol.ts'

/**
 * Says a model's family and license in words. Of a file that does not say its license, those of the published weights of its shape are named.
 *
 * @param card - of the model
 * @param families - whose shape it has
 * @param known - whether the model was asked for by name, so that its family is sure
 * @param ownHead - task of a head in the model's own file: its weights were trained further, and the shape's license is not theirs
 */
export function describeFamily(
  { description, license }: Pick<ModelCard, 'description' | 'license'>,
  families: readonly ModelFamily[],
  known: boolean,
  ownHead?: string,
): Pick<OpenModel, 'family' | 'license'> {
  const names = families.map(({ family }) => family)
  const said = license !== 'unknown'
  if (ownHead !== undefined && !known) {
    const shape = names.length === 0 ? '' : `; of the shape of ${listed(names)}`
    return { family: `a model with its own head for ${ownHead}${shape}`, license: said ? license : LICENSE_OF_TRAINED }
  }
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

/** License of weights that were trained further: of Depth Anything V2 only Small has DINOv2’s. */
const LICENSE_OF_TRAINED =
  'not said in the file; weights that were trained further have a license of their own (Depth Anything V2: Small Apache-2.0, Base and Large CC-BY-NC-4.0)'

function listed(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`
}
