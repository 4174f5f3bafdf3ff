import { DinokitError, type DinokitErrorCode } from 'dinokit/browser'

/** Action that the user was about to take. */
export interface Attempt {
  readonly what: 'model' | 'head' | 'image' | 'layer' | 'camera' | 'training'
  /** The name of the file or model. */
  readonly name: string
}

/** An error in words for a person. */
export interface Explanation {
  readonly title: string
  readonly text: string
}

type Explain = (name: string) => Explanation

const TRY_ANOTHER = 'Try another file; the page goes on with what it had.'

const IMAGES: Partial<Record<DinokitErrorCode, Explain>> = {
  'image-unreadable': (name) => ({
    title: `${name} can’t be opened`,
    text: 'The image is damaged, or of a kind that this browser does not know. Save it again as JPEG, PNG or WebP.',
  }),
  'image-unsupported': (name) => ({
    title: `${name} is not an image`,
    text: 'At least not one that this browser can open. JPEG, PNG, WebP, AVIF and GIF work everywhere.',
  }),
  'image-too-large': (name) => ({
    title: `${name} is too large`,
    text: 'Images may have up to 100 million pixels. Make it smaller and try again.',
  }),
  'out-of-memory': (name) => ({
    title: 'There is not enough memory for this',
    text: `${name} needs more than the browser gives. Choose a lower resolution or a smaller model, or close other pages.`,
  }),
}

const MODELS: Partial<Record<DinokitErrorCode, Explain>> = {
  offline: (name) => ({
    title: 'You are offline',
    text: `${name} has to be downloaded once. Connect and try again: what has arrived is kept.`,
  }),
  'file-not-found': (name) => ({
    title: `${name} was not found`,
    text: 'The server has no such file. Check the name, or take another model.',
  }),
  'download-failed': (name) => ({
    title: `${name} could not be downloaded`,
    text: 'The connection failed. What has arrived is kept, so trying again goes on from there.',
  }),
  'download-corrupt': (name) => ({
    title: `${name} arrived damaged`,
    text: 'The server sent something else than the model, such as a web page. Nothing of it was kept. A proxy or a login page may be in the way.',
  }),
  'disk-full': (name) => ({
    title: 'The browser’s storage is full',
    text: `There is no room for ${name}. Delete downloaded models in the model menu, or free some disk space.`,
  }),
  'file-unwritable': () => ({
    title: 'The browser’s storage does not work',
    text: 'Downloads can’t be kept, as in some private windows. Drop the model’s file on the page instead.',
  }),
  'file-unreadable': (name) => ({
    title: `${name} can’t be read`,
    text: `It may be cut short, or have been moved since you chose it. ${TRY_ANOTHER}`,
  }),
  'checkpoint-invalid': (name) => ({
    title: `${name} is not a model that works here`,
    text: `It should hold a DINOv2 backbone, as .pth, .safetensors or .onnx. ${TRY_ANOTHER}`,
  }),
  'checkpoint-unsafe': (name) => ({
    title: `${name} was refused`,
    text: 'It asks for code to be run, which no weights need to do. Take the .safetensors file of the same model.',
  }),
  'tensor-missing': (name) => ({ title: `${name} is not complete`, text: `Some of its weights are missing. ${TRY_ANOTHER}` }),
  'tensor-invalid': (name) => ({ title: `${name} is not consistent`, text: `Its weights do not fit together. ${TRY_ANOTHER}` }),
  'model-unsupported': (name) => ({
    title: `${name} is not a model that works here`,
    text: 'An .onnx file must be one that dinokit exported. The .safetensors or .pth weights of the same model will work.',
  }),
  'out-of-memory': (name) => ({
    title: 'There is not enough memory for this model',
    text: `${name} needs more than the browser gives. Take a smaller one, or close other pages.`,
  }),
  'session-failed': (name) => ({
    title: `${name} could not be started`,
    text: 'The engine refused it. Choose WebAssembly in the model menu, or another model.',
  }),
  'device-unavailable': (name) => ({
    title: `${name} could not be started`,
    text: 'This browser offers no graphics processor for it. Choose WebAssembly in the model menu.',
  }),
}

const OTHER_MODEL: Explain = (name) => ({
  title: `${name} is for another model`,
  text: 'Open the model that it was trained on, and then the head. The page goes on with what it had.',
})

const HEADS: Partial<Record<DinokitErrorCode, Explain>> = {
  'model-unsupported': OTHER_MODEL,
  'fingerprint-mismatch': OTHER_MODEL,
  'output-unavailable': () => ({
    title: 'This model can’t serve that head',
    text: 'It is a ready-made .onnx file, which gives its last layer alone. Its .safetensors or .pth weights can.',
  }),
  'checkpoint-invalid': (name) => ({ title: `${name} is not a head that works here`, text: TRY_ANOTHER }),
  'session-failed': (name) => ({ title: `${name} could not be started`, text: 'The engine refused it. Try another head or model.' }),
}

const KINDS: Partial<Record<Attempt['what'], Partial<Record<DinokitErrorCode, Explain>>>> = { model: MODELS, head: HEADS }

const ALWAYS: Partial<Record<DinokitErrorCode, Explain>> = {
  'session-failed': (name) => ({
    title: 'The engine gave up',
    text: `${name} could not be computed. Choose a lower resolution, or WebAssembly in the model menu.`,
  }),
  'device-lost': (name) => ({
    title: 'The graphics processor was lost',
    text: `${name} could not be computed. Open the model again, or choose WebAssembly in the model menu.`,
  }),
  disposed: () => ({ title: 'No model is open', text: 'Choose one in the model menu.' }),
}

/** Says what went wrong and what can be done, in words for a person. */
export function explain(error: unknown, { what, name }: Attempt): Explanation {
  const code = DinokitError.is(error) ? error.code : 'internal'
  const known = (KINDS[what] ?? IMAGES)[code] ?? ALWAYS[code] ?? MODELS[code] ?? IMAGES[code]
  return known?.(name) ?? { title: 'Something went wrong', text: `${name} could not be used. The page goes on with what it had.` }
}
