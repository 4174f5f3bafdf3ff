import type { ByteSource } from './byte-source.ts'
import type { MultiCropRecipe } from '../augment/crop-recipe.ts'
import type { MultiCrop } from '../augment/multi-crop.ts'
import type { OnnxModel } from './onnx-model.ts'
import type { Pixels } from '../image/pixels.ts'
import type { PreprocessOptions } from '../image/plan-input.ts'
import type { ModelInput } from '../image/preprocess.ts'
import type { OnProgress } from './progress.ts'
import type { Size } from '../image/size.ts'
import type { PrecisionName } from '../devices/precision.ts'
import type { AssetReference } from './asset-reference.ts'
import type { AnyTensor, Tensor } from './tensor.ts'
import type { Region } from '../image/region.ts'

/** Options of {@link Runtime.openImage} and {@link Runtime.decodeImage}. */
export interface DecodeOptions {
  /** Images of more pixels than this are refused before they are decoded. Default 100,000,000. */
  readonly pixelLimit?: number
  /** Milliseconds without a byte after which an address counts as dead. Default 30,000. */
  readonly stallMs?: number
  /** Cancels the work. */
  readonly signal?: AbortSignal
}

/** Options of {@link Runtime.fetchImage}. */
export type FetchImageOptions = Pick<DecodeOptions, 'stallMs' | 'signal'>

/**
 * Way to decode images that become a model's input. `exact`: whole, so that tokens are those of the reference. `fast`: JPEG files that are
 * at least four times as large as what they are resized to are decoded at a smaller scale; tokens differ a little, see docs/images.md.
 */
export type DecodeMode = 'exact' | 'fast'

/** Options of {@link Runtime.preprocessImage}. */
export interface PreprocessImageOptions extends PreprocessOptions, DecodeOptions {
  /** Way to decode it; where the runtime knows no faster one, `exact`. Default `exact`. */
  readonly decode?: DecodeMode
  /** Whether it is one of many images, so that it may pay to have threads for them. Default false. */
  readonly many?: boolean
}

/** An image that is open: its size is known, and any region of it can be read. Whoever opened it closes it; twice is safe. */
export interface OpenImage {
  /** Upright, EXIF orientation applied. */
  readonly size: Size
  /**
   * Decodes the image. What is decoded stays as it is; it may be what was opened, and is not to be changed.
   *
   * @param region - what is wanted of it, inside it; no more need be decoded. Default: all of it
   * @returns just that
   * @throws DinokitError `image-unreadable`, `out-of-memory`, `size-invalid` for a region that is not inside the image
   */
  read(region?: Region): Promise<Pixels>
  /**
   * Decodes a part of the image in little more memory than the part takes, whatever the image's size. What is damaged further down
   * is not noticed. Undefined where the runtime decodes the whole image for any part of it.
   *
   * @param region - what is wanted of it, inside it
   * @returns what `read` gives of the region
   * @throws DinokitError those of `read`
   */
  readonly readPart?: (region: Region) => Promise<Pixels>
  /** Gives back what the image holds. */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** Something of an image, and how long it took to make, in milliseconds. */
export type Timed<T> = T & {
  /** To decode. */
  readonly decode: number
  /** To resize and crop. */
  readonly preprocess: number
}

/** Options of {@link Runtime.hashImage}. */
export type HashOptions = Pick<DecodeOptions, 'signal'>

/** Options of {@link Runtime.cropImage}. */
export interface CropOptions extends DecodeOptions {
  /** The crops that are made. */
  readonly recipe: MultiCropRecipe
  /** Arguments of `createRandom`: they decide on the crops. */
  readonly keys: readonly [seed: number, ...keys: number[]]
}

/** Options of {@link Runtime.readAsset}. */
export interface AssetOptions {
  /** Told how a download proceeds. */
  readonly onProgress?: OnProgress
  /** Cancels the work; what was downloaded so far is kept and resumed. */
  readonly signal?: AbortSignal
}

/** Example of a session's work: by it a runtime judges whether a device serves the model. */
export interface SessionProbe {
  /** Digest of the weights: what was found for one model holds for no other. */
  readonly model: string
  /** Number format of the network's computation, such as `float32`. */
  readonly precision: string
  /** Shape of an example: [1][height][width][channels]. */
  readonly shape: readonly [number, number, number, number]
  /**
   * Makes the inputs of one run.
   *
   * @param pixels - of that shape
   */
  feeds(pixels: Tensor<'uint8'>): Readonly<Record<string, AnyTensor>>
}

/** Options of {@link Runtime.createSession}. */
export interface SessionOptions {
  /** Example of its work. Without one the session follows the device that was found for an earlier one. */
  readonly probe?: SessionProbe
  /** Cancels the work. */
  readonly signal?: AbortSignal
}

/** Options of {@link Session.run}. */
export interface RunOptions {
  /** Cancels the run; one that the engine has started ends by itself, and need not be waited for. */
  readonly signal?: AbortSignal
}

/** Engine of a session. */
export interface Engine {
  /** The engine and its version, such as `onnxruntime-node 1.30.0`. */
  readonly name: string
  /** Device that computes: one of `DEVICE_NAMES`, but `auto`. */
  readonly device: string
  /** Name of the GPU, as the system says it, where it is known. */
  readonly adapter?: string
  /** Number format of a vision's network, such as `float32`. */
  readonly precision?: string
  /** Threads of one run, where they are known. */
  readonly threads?: number
  /** Why this is not the device, or not the number of threads, that would have been better; a sentence. */
  readonly fallback?: string
}

/** A loaded graph: named tensors in, named tensors out. Whoever created it disposes of it; disposing twice is safe. */
export interface Session {
  readonly contract: 1
  /** Engine that it runs on. */
  readonly engine: Engine
  /** Names of the inputs. */
  readonly inputs: readonly string[]
  /** Names of the outputs. */
  readonly outputs: readonly string[]
  /**
   * Runs the graph once. Inputs stay as they are; they may lie in shared memory, which is to be left alone until the run ends.
   * An output of another run, or a view of it, may be taken from the engine's own memory, as it was given: whoever has changed
   * it feeds a copy.
   *
   * @returns every output, as plain tensors that the caller owns
   * @throws DinokitError `disposed`, `aborted`, `session-failed` where the engine refuses, `device-lost` where the device is gone
   */
  run(feeds: Readonly<Record<string, AnyTensor>>, options?: RunOptions): Promise<Record<string, AnyTensor>>
  /** Frees the engine's memory, after runs under way have ended. */
  dispose(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * A platform: how images are decoded, sessions made and files found. Nothing else in dinokit knows the engine.
 *
 * @typeParam Source - what the platform can decode: paths and Buffers in Node; Files, canvases and more in a browser
 */
export interface Runtime<Source = unknown> {
  readonly contract: 1
  /** For messages and reports, such as `onnxruntime-node`. */
  readonly name: string
  /**
   * Opens an image, of which any region can be decoded: upright (EXIF orientation applied), 8-bit RGB, no color conversion,
   * alpha dropped, first frame, never resized. Must not need `this`.
   *
   * @throws DinokitError `file-not-found`, `image-unreadable`, `image-unsupported`, `image-too-large`, `aborted`
   */
  openImage(source: Source, options?: DecodeOptions): Promise<OpenImage>
  /**
   * Decodes the whole of an image: opens it, reads all of it, and closes it.
   *
   * @throws DinokitError those of {@link Runtime.openImage} and {@link OpenImage.read}
   */
  decodeImage(source: Source, options?: DecodeOptions): Promise<Pixels>
  /**
   * Brings the bytes of an image to hand that lies at an address; undefined for one that is at hand, or on a disk. A stream
   * calls it, so that no image waits for another's bytes. Where there is none, decoding fetches.
   *
   * @returns a source that this runtime decodes
   * @throws DinokitError `file-not-found`, `download-failed`, `offline`, `image-too-large`, `invalid-option`, `aborted`: by the promise
   */
  fetchImage?(source: Source, options?: FetchImageOptions): Promise<unknown> | undefined
  /**
   * Opens an image and makes it a model's input, on another thread where that pays: what core's `preprocessImage` gives, bit
   * for bit unless `decode` is `fast`. Where there is none, that is called.
   *
   * @throws DinokitError those of {@link Runtime.openImage} and {@link OpenImage.read}, and `size-invalid`
   */
  preprocessImage?(source: Source, options: PreprocessImageOptions): Promise<Timed<ModelInput>>
  /**
   * Decodes an image and makes random crops of it on another thread, so that a training goes on meanwhile: the bits that
   * `decodeImage` and `multiCrop` give. Where there is none, whoever wants crops calls those.
   *
   * @throws DinokitError those of `decodeImage`
   */
  cropImage?(source: Source, options: CropOptions): Promise<MultiCrop>
  /**
   * sha256 of an image’s file, lower-case hexadecimal; of what is decoded already, of its sides and samples. Where there is
   * none, whoever needs hashes says them.
   *
   * @throws DinokitError those of `decodeImage`; `invalid-option` for what can be read once only
   */
  hashImage?(source: Source, options?: HashOptions): Promise<string>
  /**
   * Says why the device does not compute in a number format that others of its kind do, in a sentence; undefined where it does. The
   * network is computed in float32 then. Where there is none, the engine is asked.
   *
   * @throws DinokitError `device-unavailable`
   */
  missingPrecision?(precision: PrecisionName): Promise<string | undefined>
  /** Whether the engine's sums of products of unsigned and signed bytes are exact. Where it is not said, the engine is tried. */
  readonly exactBytes?: boolean
  /** Told that a session will be wanted soon: what takes long to start may be started meanwhile. Must not throw. */
  readonly warmUp?: () => void
  /**
   * Makes a session.
   *
   * @throws DinokitError `session-failed` where the engine refuses the graph, `device-unavailable` where a device that was named is not
   *   there or can't run it, `disk-full`, `aborted`
   */
  createSession(model: OnnxModel, options?: SessionOptions): Promise<Session>
  /**
   * Tells whether a path is a file or a folder. In a browser its spelling decides, because a server does not list its folders.
   *
   * @param path - a path, or an address of the page's own origin
   */
  statPath(path: string): Promise<'file' | 'folder' | undefined>
  /**
   * Opens a file of a model: on disk, from the cache, or downloaded into it.
   *
   * @throws DinokitError `file-not-found`, `download-failed`, `download-corrupt`, `offline`, `disk-full`, `aborted`
   */
  readAsset(reference: AssetReference, options?: AssetOptions): Promise<ByteSource>
  /**
   * Ends the threads or workers that the runtime has for images, after what they are at; twice is safe. Images that want them
   * afterwards are refused as `disposed`. Sessions stay their owners'. Where there is none, there is nothing to end.
   */
  close?(): Promise<void>
}

/** Part of a runtime that crops images. */
export type ImageReader<Source = unknown> = Pick<Runtime<Source>, 'decodeImage' | 'cropImage'>
