/** Looks at images: for each, in their order, [patches][channels]. */
export type LookAt = (paths: readonly string[]) => AsyncIterable<Float32Array>
