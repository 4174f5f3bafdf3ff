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

/** A place in an image: 0 to 1 from the left and from the top. */
export interface Place {
  readonly x: number
  readonly y: number
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
/** Tab of the user's own classes: no layer is drawn. */
export const TEACH = 'teach'
/** The layer that is drawn, or {@link TEACH}. */
export const layerId = signal('features')
/** The heads in use. */
export const heads = signal<Readonly<Partial<Record<DenseTask, HeadRequest>>>>({})
/** The head that is on its way, if any. */
export const openingHead = signal<(Share & { readonly request: HeadRequest }) | undefined>(undefined)
/** The place that was chosen; it stays when the image or its grid changes. */
export const place = signal<Place | undefined>(undefined)
/** The patch there. Similarity starts from the middle, where nothing was chosen. */
export const patch = computed((): Patch | undefined => {
  const [rows, columns] = stage.value?.embedded?.grid ?? [0, 0]
  const at = place.value ?? (layerId.value === 'similarity' ? MIDDLE : undefined)
  return at && rows > 0 ? { row: cellOf(at.y, rows), column: cellOf(at.x, columns) } : undefined
})
export const opacity = signal(0.8)
export const smooth = signal(true)
export const drawing = signal<{ readonly image: string; readonly layer: string; readonly drawing: Drawing } | undefined>(undefined)
/** Whether the model menu is open. */
export const menu = signal(false)
/** The finer look that is under way: when it began and how long it should take, in milliseconds. */
export const finerLook = signal<{ readonly start: number; readonly expected: number } | undefined>(undefined)
/** Counts embedded images: layers that share something among images are drawn again. */
export const embeddedCount = signal(0)
export const notices = signal<readonly Notice[]>([])

/** The patch that is pointed at, by a pointer or by keys. */
export const pointed = signal<(Patch & Place) | undefined>(undefined)
/** The patch that is looked at: the one that is pointed at, or else chosen. */
export const pointedPatch = computed((): Patch | undefined => pointed.value ?? patch.value)

const MIDDLE: Place = { x: 0.5, y: 0.5 }

/** Cell that a share of a length lies in. */
export function cellOf(share: number, count: number): number {
  return Math.min(count - 1, Math.max(0, Math.floor(share * count)))
}

/** The drawing, where it is of the image on the stage and of the chosen layer. */
export const currentDrawing = computed(() => {
  const made = drawing.value
  return made && made.image === stage.value?.image && made.layer === layerId.value ? made.drawing : undefined
})
