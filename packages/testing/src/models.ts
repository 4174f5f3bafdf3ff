/** Small ONNX models for the tests of runtimes, which can't import what writes them. Made by `encodeModel` of @dinokit/onnx. */

/** `y` = `x` + `x`, float32 [n]. */
export const DOUBLE = {
  graph: fromBase64(
    'CAkSB2Rpbm9raXRCBAoAEBQ6YAoZCgF4CgF4EgVBZGRfMBoFQWRkXzAiA0FkZAoXCgVBZGRfMBIBeRoBeSIISWRlbnRpdHkSBmRvdWJsZVoQCgF4EgsKCQgBEgUKAxIBbmIQCgF5EgsKCQgBEgUKAxIBbg==',
  ),
} as const

/** `y` = those of `x` that are above 0, float32 [n]; the graph says wrongly that they are as many. */
export const POSITIVE = {
  graph: fromBase64(
    'CAkSB2Rpbm9raXRCBAoAEBQ6xAEKLgoBeAoKY29uc3RhbnRfMBIJR3JlYXRlcl8wGglHcmVhdGVyXzAiB0dyZWF0ZXIKMAoBeAoJR3JlYXRlcl8wEgpDb21wcmVzc18wGgpDb21wcmVzc18wIghDb21wcmVzcwocCgpDb21wcmVzc18wEgF5GgF5IghJZGVudGl0eRIIcG9zaXRpdmUqFBABQgpjb25zdGFudF8wSgQAAAAAWhAKAXgSCwoJCAESBQoDEgFuYhAKAXkSCwoJCAESBQoDEgFu',
  ),
} as const

/** `y` = `x` in rows and columns, as `sides` int64 [2] says, float32 [n] to [rows][columns]. */
export const FOLDED = {
  graph: fromBase64(
    'CAkSB2Rpbm9raXRCBAoAEBQ6lQEKKQoBeAoFc2lkZXMSCVJlc2hhcGVfMBoJUmVzaGFwZV8wIgdSZXNoYXBlChsKCVJlc2hhcGVfMBIBeRoBeSIISWRlbnRpdHkSBGZvbGRaEAoBeBILCgkIARIFCgMSAW5aEwoFc2lkZXMSCgoICAcSBAoCCAJiHgoBeRIZChcIARITCgYSBHJvd3MKCRIHY29sdW1ucw==',
  ),
} as const

/** `y` = the mean of a product of matrices of `sides` int64 [2] that are filled with `x`, float32 [1]: 2048 takes about a second. */
export const SLOW_TO_RUN = {
  graph: fromBase64(
    'CAkSB2Rpbm9raXRCBAoAEBQ65gMKJgoBeAoFc2lkZXMSCEV4cGFuZF8wGghFeHBhbmRfMCIGRXhwYW5kCjAKCEV4cGFuZF8wCghFeHBhbmRfMBIITWF0TXVsXzAaCE1hdE11bF8wIgZNYXRNdWwKMAoITWF0TXVsXzAKCE1hdE11bF8wEghNYXRNdWxfMRoITWF0TXVsXzEiBk1hdE11bAowCghNYXRNdWxfMQoITWF0TXVsXzESCE1hdE11bF8yGghNYXRNdWxfMiIGTWF0TXVsCjAKCE1hdE11bF8yCghNYXRNdWxfMhIITWF0TXVsXzMaCE1hdE11bF8zIgZNYXRNdWwKNQoITWF0TXVsXzMKCmNvbnN0YW50XzASCVJlc2hhcGVfMBoJUmVzaGFwZV8wIgdSZXNoYXBlCkQKCVJlc2hhcGVfMBIMUmVkdWNlTWVhbl8wGgxSZWR1Y2VNZWFuXzAiClJlZHVjZU1lYW4qDwoIa2VlcGRpbXMYAaABAgoeCgxSZWR1Y2VNZWFuXzASAXkaAXkiCElkZW50aXR5EgRzbG93KhoIARAHQgpjb25zdGFudF8wSgj//////////1oPCgF4EgoKCAgBEgQKAggBWhMKBXNpZGVzEgoKCAgHEgQKAggCYg8KAXkSCgoICAESBAoCCAE=',
  ),
} as const

/** `y` = `x` and a constant that the engine computes while it opens the model, float32 [1]: for about a second. */
export const SLOW_TO_OPEN = {
  graph: fromBase64(
    'CAkSB2Rpbm9raXRCBAoAEBQ6ugQKNAoKY29uc3RhbnRfMAoKY29uc3RhbnRfMRIIRXhwYW5kXzAaCEV4cGFuZF8wIgZFeHBhbmQKMAoIRXhwYW5kXzAKCEV4cGFuZF8wEghNYXRNdWxfMBoITWF0TXVsXzAiBk1hdE11bAowCghNYXRNdWxfMAoITWF0TXVsXzASCE1hdE11bF8xGghNYXRNdWxfMSIGTWF0TXVsCjAKCE1hdE11bF8xCghNYXRNdWxfMRIITWF0TXVsXzIaCE1hdE11bF8yIgZNYXRNdWwKMAoITWF0TXVsXzIKCE1hdE11bF8yEghNYXRNdWxfMxoITWF0TXVsXzMiBk1hdE11bAo1CghNYXRNdWxfMwoKY29uc3RhbnRfMhIJUmVzaGFwZV8wGglSZXNoYXBlXzAiB1Jlc2hhcGUKRAoJUmVzaGFwZV8wEgxSZWR1Y2VNZWFuXzAaDFJlZHVjZU1lYW5fMCIKUmVkdWNlTWVhbioPCghrZWVwZGltcxgBoAECCiQKAXgKDFJlZHVjZU1lYW5fMBIFQWRkXzAaBUFkZF8wIgNBZGQKFwoFQWRkXzASAXkaAXkiCElkZW50aXR5EgRzbG93KhYIARABQgpjb25zdGFudF8wSgQXt9E4KiIIAhAHQgpjb25zdGFudF8xShAACAAAAAAAAAAIAAAAAAAAKhoIARAHQgpjb25zdGFudF8ySgj//////////1oPCgF4EgoKCAgBEgQKAggBYg8KAXkSCgoICAESBAoCCAE=',
  ),
} as const

/**
 * `y` = 3 * `x`, float32 [n], the 3 being a weight beside the graph.
 *
 * @param onRead - told each time that the weights are read
 */
export function triple(onRead: () => void = () => {}): {
  readonly graph: Uint8Array
  readonly weights: { readonly location: string; readonly byteLength: number; chunks(): AsyncGenerator<Uint8Array> }
} {
  return {
    graph: fromBase64(
      'CAkSB2Rpbm9raXRCBAoAEBQ6ogEKGQoBeAoBdxIFTXVsXzAaBU11bF8wIgNNdWwKFwoFTXVsXzASAXkaAXkiCElkZW50aXR5EgZ0cmlwbGUqQAgBEAFCAXdqGwoIbG9jYXRpb24SD21vZGVsLm9ubnguZGF0YWoLCgZvZmZzZXQSATBqCwoGbGVuZ3RoEgE0cAFaEAoBeBILCgkIARIFCgMSAW5iEAoBeRILCgkIARIFCgMSAW4=',
    ),
    weights: {
      location: 'model.onnx.data',
      byteLength: 4,
      async *chunks() {
        onRead()
        yield new Uint8Array(Float32Array.of(3).buffer)
      },
    },
  }
}

function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0))
}
