// A module of its own, so that it is loaded only where a model has no card yet, is a ready-made ONNX file, or has another precision than
// float32.
export { withCardFields } from '@dinokit/core'
export { createOnnxBackbone } from '@dinokit/vit'
export { deviceOfPrecision } from './device-of-precision.ts'
export { canonical, loadUnlisted, placeAdapter, withOwnHead, withoutWeights } from './load-unlisted.ts'
export { preciseBackbone } from './precise-backbone.ts'
