import { box, type Element } from './element.ts'
import { FAINT } from './parts/paper-colors.ts'

/** The color of what the model did not see, beside a crop. */
export const UNSEEN = [150, 154, 160] as const

/** The line of a legend for it. */
export function legendOfUnseen(text: number): Element {
  return box(
    { alignItems: 'center', gap: text * 0.5, color: FAINT },
    box({ width: text, height: text, borderRadius: text / 5, backgroundColor: `rgb(${UNSEEN.join(',')})` }),
    'not seen by the model',
  )
}
