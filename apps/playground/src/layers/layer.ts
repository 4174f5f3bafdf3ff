import type { AnomalyScore, ColorMap } from '@dinokit/analysis'
import type { ModelCard, OutputRequest, Size, Tokens } from 'dinokit/browser'
import type { ComponentType } from 'preact'
import type { DenseResult } from '../engine/heads.ts'
import type { DenseTask, HeadRequest } from '../engine/protocol.ts'

/** Data that a layer may draw from. It lies in the worker. */
export interface Scene {
  readonly card: ModelCard
  /** Id of the image that is shown. */
  readonly image: string
  /** Whether that is a camera or a video, whose frames follow each other. */
  readonly live: boolean
  /** Tokens of the image that is shown. */
  readonly tokens: Tokens
  /** Patches of the images of the strip that were embedded in this resolution, the one that is shown among them. */
  readonly patches: ReadonlyMap<string, Tokens['patches']>
  /** Asks a head of the image that is shown. Its maps cover the whole image, in fewer pixels. */
  readonly ask: <Task extends DenseTask>(request: HeadRequest & { readonly task: Task }) => Promise<DenseResult<Task>>
  /** Scores patches by the bank of good images; undefined where none was learned in this resolution. */
  readonly scoreByBank: (patches: Tokens['patches']) => Promise<AnomalyScore | undefined>
}

/** Colors that cover the whole image, at any resolution. */
export interface Raster {
  readonly width: number
  readonly height: number
  /** [height][width][4], RGBA, 0-255. */
  readonly data: Uint8ClampedArray<ArrayBuffer>
}

/** A number for every patch, row by row; or for every cell of a finer grid that covers the image, where a size is given. */
export interface Values {
  readonly data: Float32Array | Uint8Array | Uint16Array
  readonly size?: Size
  readonly label: string
  /** Said after the number. */
  readonly unit?: string
  /** Said in place of the number where it is NaN. */
  readonly none?: string
  /** Names of the values, where these are places in a list. */
  readonly names?: readonly string[]
}

/** Meaning of a range of colors. */
export interface LegendInfo {
  readonly map: ColorMap
  readonly low: string
  readonly high: string
  readonly label: string
}

/** A point of the image, 0 to 1 from the left and from the top, in the color of its place in the list. */
export interface DrawnPoint {
  readonly x: number
  readonly y: number
}

/** Drawing of a scene by a layer. Plain data: it travels from the worker to the page. */
export interface Drawing<Detail = unknown> {
  /** Drawn over the image. */
  readonly raster: Raster
  /** Drawn over the other images of the strip, by image. */
  readonly others?: Readonly<Record<string, Raster>>
  /** Points, drawn as numbered rings; undefined where one is lost. */
  readonly points?: readonly (DrawnPoint | undefined)[]
  /** Values that the page reads out under the pointer. */
  readonly values?: Values
  /** Whatever else the layer's controls show. */
  readonly detail?: Detail
}

/**
 * Something that can be drawn over the image. One file a layer: the page uses `options` and `Controls`, the worker
 * `needs` and `compute`. To add one, write its file and put it into the list in `layers.ts`.
 */
export interface Layer<Options = unknown, Detail = unknown> {
  readonly id: string
  readonly title: string
  /** One sentence on what is seen. */
  readonly summary: string
  /** Names the outputs that it needs beside the final tokens. */
  needs?(card: ModelCard): OutputRequest
  /**
   * Options that the user has chosen, as plain data. It reads signals, so that a change computes again; undefined where there is
   * nothing to draw yet.
   */
  options(): Options | undefined
  /** Whether it draws on what the model saw in the other images of the strip; they are embedded only then. */
  usesOthers?(): boolean
  /** Whether patches are brushed on the stage, rather than one of them chosen. */
  brushes?(): boolean
  /** Whether points are marked on the stage, rather than a patch chosen. */
  marksPoints?(): boolean
  /** Draws, in the worker. */
  compute(scene: Scene, options: Options): Drawing<Detail> | Promise<Drawing<Detail>>
  /** Explains the colors of a drawing, beside the controls and in a saved image. */
  legend?(drawing: Drawing<Detail>): LegendInfo | undefined
  /** One line on what was found, for a saved image. Default: the title. */
  caption?(drawing: Drawing<Detail>): string | undefined
  /** Its part of the panel. `drawing` is what it last made of the image that is shown. */
  readonly Controls: ComponentType<{ readonly drawing: Drawing<Detail> | undefined }>
}
