import { signal } from '@preact/signals'
import { DinokitError } from 'dinokit/browser'
import type { Engine } from '../../engine/engine.ts'
import { pngOf } from '../files.ts'
import { report } from '../notices.ts'
import { live, images, stage, usable, type Share } from '../store.ts'

/** A class of the user's own. */
export interface TaughtClass {
  readonly id: string
  readonly name: string
  readonly images: readonly { readonly id: string; readonly file: Blob }[]
}

/** Head that was learned: as a file, and which classes in which order. */
export interface LearnedHead {
  readonly file: Blob
  readonly elapsed: number
  readonly classes: readonly string[]
}

let last = 0
const empty = (): TaughtClass => ({ id: `class-${++last}`, name: `Class ${last}`, images: [] })

export const taught = signal<readonly TaughtClass[]>([empty(), empty()])
export const learned = signal<LearnedHead | undefined>(undefined)
/** Progress of a training. */
export const learning = signal<Share | undefined>(undefined)
let controller: AbortController | undefined

/** Adds a class without images. */
export function addClass(): void {
  taught.value = [...taught.value, empty()]
}

/** Takes a class away. */
export function removeClass(id: string): void {
  taught.value = taught.value.filter((each) => each.id !== id)
}

/** Gives a class another name. */
export function renameClass(id: string, name: string): void {
  change(id, (of) => ({ ...of, name }))
}

/** Adds images to a class. */
export function addExamples(id: string, files: readonly Blob[]): void {
  change(id, (of) => ({ ...of, images: [...of.images, ...files.map((file) => ({ id: `example-${++last}`, file }))] }))
}

/** Adds what is on the stage to a class: the image, or the frame that a camera or video shows. */
export async function addShown(id: string): Promise<void> {
  const { image, preview } = stage.value ?? {}
  const file = live.value ? preview && (await pngOf(preview)) : images.value.find((each) => each.id === image)?.file
  if (file) addExamples(id, [file])
}

/** Whether there is something to learn: two classes with images. */
export function canLearn(): boolean {
  return usable.value !== undefined && trainingSet().length >= 2
}

/** Learns, and classifies the image on the stage again. */
export async function learn(engine: Engine): Promise<void> {
  controller?.abort()
  const own = (controller = new AbortController())
  const classes = trainingSet()
  learning.value = {}
  try {
    const { head, elapsed } = await engine.learn(
      { classes: classes.map(({ name, images }) => ({ name, images })) },
      ({ done, total }) => {
        if (!own.signal.aborted) learning.value = { done, ...(total !== undefined && { total, share: done / total }) }
      },
      own.signal,
    )
    learned.value = { file: new Blob([head as BlobPart]), elapsed, classes: classes.map(({ id }) => id) }
    await classifyAgain(engine, own.signal)
  } catch (error) {
    if (!DinokitError.is(error, 'aborted')) report(error, { what: 'training', name: 'One of the images' })
  } finally {
    if (controller === own) learning.value = undefined
  }
}

/** Stops a training. */
export function stopLearning(): void {
  controller?.abort()
}

/** Forgets what one model learned, which another does not know; the images stay. */
export function forgetWithModel(): void {
  usable.subscribe(() => {
    controller?.abort()
    learned.value = undefined
  })
}

function trainingSet(): readonly TaughtClass[] {
  return taught.value.filter(({ images }) => images.length > 0)
}

function change(id: string, by: (of: TaughtClass) => TaughtClass): void {
  taught.value = taught.value.map((each) => (each.id === id ? by(each) : each))
}

async function classifyAgain(engine: Engine, signal: AbortSignal): Promise<void> {
  const shown = images.value.find(({ id }) => id === stage.value?.image)
  if (!shown || live.value) return
  const classes = await engine.classify(shown, signal)
  if (stage.value?.image === shown.id) stage.value = { ...stage.value, classes }
}
