import { computed, signal } from '@preact/signals'
import type { Size } from 'dinokit/browser'
import type { SizeChoice } from '../engine/input-size.ts'
import type { Classes, DenseTask, HeadRequest, Embedded, OpenModel, OpenRequest } from '../engine/protocol.ts'
import type { Drawing } from '../layers/layer.ts'

/** A patch by its place in the grid, from 0. */
export interface Patch {
  readonly row: number
  readonly column: number
}

/** An image of the strip. */
export interface Image {
  readonly id: string
  readonly name: string
  readonly file: Blob
  /** For the strip; there is none before it was decoded. */
  readonly preview?: ImageBitmap
}

/** The model: the one that is open, if any, and the one that is on its way, if any. */
export interface ModelState {
  readonly open?: OpenModel
  readonly opening?: Share & {
    readonly name: string
    readonly request: OpenRequest
  }
}

/** Progress of a download. */
export interface Share {
  /** 0 to 1, where its length is known. */
  readonly share?: number
  /** Bytes. */
  readonly done?: number
  readonly total?: number
}

/** Contents of the stage. All of it is of one image: it is replaced as a whole when another is chosen. */
export interface StageState {
  /** The image's id, or that of a camera or video. */
  readonly image: string
  readonly name: string
  readonly live: boolean
  readonly preview?: ImageBitmap
  readonly source?: Size
  readonly classes?: Classes
  readonly embedded?: Embedded
}

/** A sentence that the page shows until it is dismissed. */
export interface Notice {
  readonly id: number
  readonly title: string
  readonly text: string
  /** The error's own words, for those who want them. */
  readonly detail?: string
}

/** A camera or a video that is playing. */
export interface LiveState {
  readonly id: string
  readonly name: string
}

export const images = signal<readonly Image[]>([])
export const currentImage = signal<string | undefined>(undefined)
export const live = signal<LiveState | undefined>(undefined)
export const model = signal<ModelState>({})
/** The model that is open: unlike {@link model} it stands still while another is on its way. */
export const usable = computed(() => model.value.open)
export const request = signal<OpenRequest>({ model: 'tiny', device: 'auto' })
export const size = signal<SizeChoice>(336)
export const stage = signal<StageState | undefined>(undefined)
/** Work that is under way, in a word; empty when the page is at rest. */
export const busy = signal<'' | 'opening' | 'decoding' | 'looking'>('')
export const layerId = signal('features')
/** The heads in use. */
export const heads = signal<Readonly<Partial<Record<DenseTask, HeadRequest>>>>({})
/** The head that is on its way, if any. */
export const openingHead = signal<(Share & { readonly request: HeadRequest }) | undefined>(undefined)
export const patch = signal<Patch | undefined>(undefined)
export const opacity = signal(0.8)
export const smooth = signal(true)
export const drawing = signal<{ readonly image: string; readonly layer: string; readonly drawing: Drawing } | undefined>(undefined)
/** Whether the model menu is open. */
export const menu = signal(false)
/** Counts embedded images: layers that share something among images are drawn again. */
export const embeddedCount = signal(0)
export const notices = signal<readonly Notice[]>([])

/** The drawing, where it is of the image on the stage and of the chosen layer. */
export const currentDrawing = computed(() => {
  const made = drawing.value
  return made && made.image === stage.value?.image && made.layer === layerId.value ? made.drawing : undefined
})
