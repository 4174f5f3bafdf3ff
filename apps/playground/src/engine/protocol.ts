import type { AnomalyThreshold } from '@dinokit/analysis'
import type { Engine, ScoredClass, Size, Timing } from 'dinokit/browser'
import type { SizeChoice } from './input-size.ts'

/** Model to open, and the outputs to compute. */
export interface OpenRequest {
  /** An id that dinokit knows, or a file that the user dropped. */
  readonly model: string | File
  readonly device: 'auto' | 'webgpu' | 'wasm'
}

/** Kind of answer for every pixel. */
export type DenseTask = 'segmentation' | 'depth'

/** A head that a model can have. */
export interface HeadChoice {
  /** The head's package knows it by this. */
  readonly name: string
  readonly title: string
  /** Subject of the images that it was trained on. */
  readonly trainedOn?: string
  /** Approximate size of its download; 0 where it comes with the model. */
  readonly bytes: number
}

/** A head to be used. */
export interface HeadRequest {
  /** Identity of this very head: a file that is dropped again has another. */
  readonly id: string
  readonly task: DenseTask
  readonly title: string
  /** Subject of the images that it was trained on, where that is known. */
  readonly trainedOn?: string
  /** A name that the head's package knows, or a file that the user dropped. */
  readonly weights: string | File
}

/** A model that is open. */
export interface OpenModel {
  readonly id: string
  readonly description: string
  readonly parameters: number
  /** Family of the network, in words. */
  readonly family: string
  /** License of its weights, in words. */
  readonly license: string
  readonly depth: number
  readonly attentionHeads: number
  readonly patch: number
  readonly engine: Engine
  /** Whether it can name what it sees. */
  readonly classifies: boolean
  /** Heads that it can have. */
  readonly heads: Readonly<Record<DenseTask, readonly HeadChoice[]>>
  /** Layers that can't be drawn with this model, and why, by id. */
  readonly unavailable: Readonly<Record<string, string>>
  /** Time that opening took, in milliseconds. */
  readonly elapsed: number
}

/** An image of the strip. */
export interface ImageFile {
  readonly id: string
  readonly file: Blob
}

/** Preview of an image, shown before the model has seen it. */
export interface Decoded {
  readonly preview: ImageBitmap
  readonly source: Size
}

/** Result of embedding an image; its tokens stay in the worker. */
export interface Embedded {
  readonly image: string
  /** Rows and columns of patches. */
  readonly grid: readonly [rows: number, columns: number]
  readonly input: Size
  readonly source: Size
  readonly timing: Timing
}

/** The likeliest classes, and how long that took. */
export interface Classes {
  readonly best: readonly ScoredClass[]
  /** Those that the user taught, if any. */
  readonly own?: readonly ScoredClass[]
}

/** Classes of the user's own, by images of each. */
export interface TrainingSet {
  readonly classes: readonly { readonly name: string; readonly images: readonly ImageFile[] }[]
}

/** Result of training on it. */
export interface TrainedClassifier {
  /** A head file. */
  readonly head: Uint8Array
  /** In milliseconds. */
  readonly elapsed: number
}

/** Options of embedding a frame. */
export interface FrameRequest {
  readonly image: string
  readonly size: SizeChoice
}

/** Good images, to learn what others are to be like. */
export interface GoodImages {
  readonly images: readonly ImageFile[]
  readonly size: SizeChoice
}

/** Bank of what good images show. It lies in the worker. */
export interface LearnedBank {
  readonly images: number
  readonly patches: number
  /** Score above which an image is not like the good ones; undefined for a single image. */
  readonly threshold?: AnomalyThreshold
  /** The bank as a file, where all the images were seen in one size. */
  readonly file?: Uint8Array
  /** In milliseconds. */
  readonly elapsed: number
}
