import { DinokitError } from '@dinokit/core'
import type { ClassInfo } from '@dinokit/head-kit'
import { ADE20K_CLASSES } from '../ade20k-classes.ts'
import { VOC2012_CLASSES } from '../voc2012-classes.ts'

/** The names and colors of a head's classes: the caller's, the file's, or those of the data that Meta trained on. */
export function namesFor(file: string, own: readonly ClassInfo[], given: readonly ClassInfo[] | undefined): readonly ClassInfo[] {
  if (given && given.length !== own.length) {
    throw new DinokitError('invalid-option', `${given.length} names were given for ${file}, which has ${own.length} classes.`, {
      given: `${given.length} names`,
      expected: `${own.length}`,
    })
  }
  const nameless = own[0]?.name === 'class 0'
  const known = [ADE20K_CLASSES, VOC2012_CLASSES].find((list) => nameless && list.length === own.length)
  const chosen = given ?? known ?? own
  return chosen.map((of, index) => ({ ...of, color: of.color ?? vocColor(index) }))
}

/** The color map of PASCAL VOC, which gives any number of classes colors that differ (VOCdevkit, VOClabelcolormap.m). */
function vocColor(index: number): [number, number, number] {
  const color: [number, number, number] = [0, 0, 0]
  for (let bit = 0, rest = index; bit < 8; bit++, rest >>= 3) {
    for (let channel = 0; channel < 3; channel++) color[channel]! |= ((rest >> channel) & 1) << (7 - bit)
  }
  return color
}
