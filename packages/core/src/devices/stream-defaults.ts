/** Numbers of images that suit a device. */
export interface StreamDefaults {
  /** Images of one run. */
  readonly batch: number
  /** Images that are decoded ahead of the runs. */
  readonly ahead: number
}

/** On a processor batches win nothing, and decoding shares its cores. */
const ON_PROCESSOR: StreamDefaults = { batch: 1, ahead: 4 }

/** A GPU is fed by as many threads as decode, and each run costs it a start. */
const ON_GPU: StreamDefaults = { batch: 8, ahead: 32 }

/**
 * Returns how many images of a stream suit a device.
 *
 * @param device - that computes
 */
export function streamDefaults(device: string): StreamDefaults {
  return device === 'cpu' || device === 'wasm' ? ON_PROCESSOR : ON_GPU
}
