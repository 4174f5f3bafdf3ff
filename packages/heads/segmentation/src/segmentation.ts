import { DinokitError, type Head, type PixelMap, type Placement, type Tensor } from '@dinokit/core'
import {
  createDenseSession,
  defaultWeights,
  labelMap,
  loadHead,
  describeNeeds,
  openWeights,
  type ClassInfo,
  type HeadFile,
  type HeadWeights,
  type LabelMap,
} from '@dinokit/head-kit'
import { averageViews } from './lib/average-views.ts'
import { classesIn, softmaxGrid, type SegmentedClass } from './lib/classes-in.ts'
import { confidenceMap } from './lib/confidence-map.ts'
import { namesFor } from './lib/names-for.ts'
import { recognizeMeta } from './lib/recognize-meta.ts'
import { slide, type SlideOptions } from './lib/slide.ts'

/** Options of {@link segmentation}. */
export interface SegmentationOptions {
  /**
   * `ade20k-ms`, `ade20k-linear`, `voc2012-ms`, `voc2012-linear`: Meta's heads for the opened DINOv2 backbone, downloaded
   * once. Or a file: a .pth of Meta's, or a head file of dinokit's. Default: the model's own, or `ade20k-ms`.
   */
  readonly weights?: HeadWeights
  /** Names and colors in the order of the logits. Default: the file's; ADE20K's for 150 classes, VOC's for 21. */
  readonly classes?: readonly ClassInfo[]
}

/** Options of one call. All but `confidence` embed the image again, and so need it rather than its tokens. */
export interface SegmentOptions {
  /** Average with the mirrored image. Default false. */
  readonly flip?: boolean
  /** Average over the image at these scales; the paper's are {@link PAPER_SCALES}. Default 1 alone. */
  readonly scales?: readonly number[]
  /** Look at a large image window by window, at a scale of its own. */
  readonly slide?: SlideOptions
  /** Give the confidence of every pixel's label too. Default false. */
  readonly confidence?: boolean
}

/** The scales at which Meta evaluates its `ms` heads (facebookresearch/dinov2, eval/segmentation). */
export const PAPER_SCALES: readonly number[] = Object.freeze([1, 1.32, 1.73, 2.28, 3])

/** Class of every pixel of an image. */
export interface Segmentation {
  /** [height][width] of the source: places in the head's list of classes; 255 (65,535 beyond 255 classes) where nothing is known. */
  readonly labels: LabelMap
  /** The classes that are in it, the largest first. */
  readonly classes: readonly SegmentedClass[]
  /** Scores on the grid of patches: [classes][rows][columns]; logits, or averaged probabilities with `flip` or `scales`. */
  readonly logits: Tensor
  /** Place of the grid of patches in the image. */
  readonly placement: Placement
  /** All the classes that the head knows, in the order of the logits. */
  readonly known: readonly ClassInfo[]
  /** [height][width]: the probability of each pixel's label, 0 where nothing is known. Where it was asked for. */
  readonly confidence?: PixelMap
}

/**
 * Segments images, one class per pixel (facebookresearch/dinov2, eval/segmentation).
 *
 * @param options - weights, names
 */
export function segmentation(options: SegmentationOptions = {}): Head<SegmentOptions, Segmentation> {
  return {
    contract: 1,
    name: 'segmentation',
    async attach(host) {
      const { file } = await openWeights(host, 'segmentation', options.weights ?? defaultWeights(host, 'segmentation'))
      let head: HeadFile
      try {
        head = await loadHead(host, 'segmentation', file, (_, tensors) => recognizeMeta(host.card, file.name, tensors))
      } finally {
        await file.close()
      }
      const { input } = head.description
      const classes = namesFor(file.name, head.description.classes!, options.classes)
      const session = await createDenseSession(host, head)
      return {
        needs: describeNeeds(input, host.card.architecture.depth),
        size: input.size ?? { shortest: 518 },
        async answer(tokens, given, context) {
          const { flip = false, scales = [1], confidence = false } = given
          assertScales(scales)
          const many = flip || scales.some((scale) => scale !== 1)
          const patch = host.card.architecture.patch
          if (many && given.slide) {
            throw new DinokitError('invalid-option', 'The option slide goes with neither flip nor scales.', { hint: 'Choose one of them.' })
          }
          const { placement } = tokens
          const run = (of: typeof tokens): Promise<Tensor> => session.run(of, context.signal)
          if (many) {
            const { logits, labels } = await averageViews(tokens, context, run, { flip, scales, patch })
            return answerOf({ logits, labels, placement }, classes, confidence)
          }
          const view = given.slide
            ? await slide({ source: placement.source, context, patch, run }, given.slide)
            : { logits: await run(tokens), placement }
          return segmentationOf(view, classes, { confidence })
        },
        dispose: () => session.dispose(),
      }
    },
  }
}

interface Labeled {
  /** [class][row][column] */
  readonly logits: Tensor
  readonly labels: LabelMap
  readonly placement: Placement
}

/**
 * Makes a segmentation of scores that are there already, such as those of a large image that were merged from its tiles.
 *
 * @param scores - logits [classes][rows][columns], and their place in the image; labels, where they are made otherwise than bilinearly
 * @param known - classes in the order of the logits: `known` of another segmentation
 * @param options - whether the confidence of every pixel is given too
 */
export function segmentationOf(
  { logits, placement, labels = labelMap(logits, placement) }: Omit<Labeled, 'labels'> & Partial<Labeled>,
  known: readonly ClassInfo[],
  { confidence = false }: Pick<SegmentOptions, 'confidence'> = {},
): Segmentation {
  return answerOf({ logits, placement, labels }, known, confidence)
}

function answerOf({ logits, labels, placement }: Labeled, classes: readonly ClassInfo[], confidence: boolean): Segmentation {
  const probabilities = softmaxGrid(logits)
  return {
    labels,
    classes: classesIn(labels, probabilities, classes),
    logits,
    placement,
    known: classes,
    ...(confidence && { confidence: confidenceMap(labels, probabilities, placement) }),
  }
}

function assertScales(scales: readonly number[]): void {
  if (scales.length > 0 && scales.every((scale) => scale > 0 && scale <= 8)) return
  throw new DinokitError('invalid-option', `The scales are ${scales.join(', ') || 'none'}.`, {
    given: scales.join(', '),
    expected: 'numbers above 0 and up to 8',
  })
}
