import { DinokitError, type AnswerContext, type View, type Placement, type Tensor } from '@dinokit/core'

/**
 * The same view of an image at another scale: sides of the input to the nearest multiples of the patch, the rest in
 * proportion.
 *
 * @param placement - of the first view
 * @param scale - 2 doubles the sides of the input
 * @param patch - side of a patch
 */
export function scaleView({ resized, left, top, input }: Placement, scale: number, patch: number): View['placement'] {
  const side = (length: number): number => Math.max(1, Math.round((length * scale) / patch)) * patch
  const to = { width: side(input.width), height: side(input.height) }
  const [x, y] = [to.width / input.width, to.height / input.height]
  return {
    resized: { width: Math.max(1, Math.round(resized.width * x)), height: Math.max(1, Math.round(resized.height * y)) },
    left: Math.round(left * x),
    top: Math.round(top * y),
    input: to,
  }
}

/**
 * Turns a map of a mirrored input round again.
 *
 * @param map - [...][rows][columns]
 */
export function unflip(map: Tensor): Tensor {
  const columns = map.shape.at(-1)!
  const data = new Float32Array(map.data.length)
  for (let start = 0; start < data.length; start += columns) {
    for (let column = 0; column < columns; column++) data[start + column] = map.data[start + columns - 1 - column]!
  }
  return { ...map, data }
}

/**
 * Function that embeds another view of the image. There is none where only tokens are given.
 *
 * @param context - of the answer
 * @param option - that asked for it
 * @throws DinokitError `invalid-option`
 */
export function requireEmbedView(context: AnswerContext, option: string): NonNullable<AnswerContext['embedView']> {
  if (context.embedView) return context.embedView
  throw new DinokitError('invalid-option', `The option ${option} needs the image, and only its tokens were given.`, {
    given: option,
    hint: 'Call the head with the image, or leave the option out.',
  })
}
