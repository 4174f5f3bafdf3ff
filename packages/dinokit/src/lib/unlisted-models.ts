// A module of its own, so that it is loaded only where a model has no card yet, or is a ready-made ONNX file.
export { withCardFields } from '@dinokit/core'
export { createOnnxBackbone } from '@dinokit/vit'
export { canonical, loadUnlisted, placeAdapter, withOwnHead } from './load-unlisted.ts'
