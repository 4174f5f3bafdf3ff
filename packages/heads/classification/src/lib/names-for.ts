import { DinokitError, type HeadHost } from '@dinokit/core'
import type { ClassInfo, HeadFile } from '@dinokit/head-kit'
import { TINY_ASSETS } from '@dinokit/model-tiny'

/** Number of classes of ImageNet-1k. */
const IMAGENET = 1000
/** The names that heads for ImageNet are asked for by, and those that Meta's files of them have: so many classes may be others. */
const FOR_IMAGENET = /^imagenet|(?:^|[/\\])dinov2_vit[sblg]14(?:_reg4)?_linear4?_head\.pth$/

/** The names of a head's classes: the caller's, the file's, or ImageNet's where the head was published for it. */
export async function namesFor(
  { runtime }: HeadHost,
  { file, name = file }: { readonly file: string; readonly name?: string },
  { description }: HeadFile,
  given: readonly ClassInfo[] | undefined,
): Promise<readonly ClassInfo[]> {
  const own = description.classes!
  if (given) {
    if (given.length === own.length) return given
    throw new DinokitError('invalid-option', `${given.length} names were given for ${file}, which has ${own.length} classes.`, {
      given: `${given.length} names`,
      expected: `${own.length}`,
    })
  }
  if (own.length !== IMAGENET || own[0]!.name !== 'class 0' || !FOR_IMAGENET.test(name)) return own
  const source = await runtime.readAsset({ kind: 'file', path: TINY_ASSETS.classes.href })
  try {
    const list = JSON.parse(new TextDecoder().decode(await source.read(0, source.size))) as { wnid: string; name: string }[]
    return list.map(({ wnid, name }) => ({ id: wnid, name }))
  } finally {
    await source.close()
  }
}
