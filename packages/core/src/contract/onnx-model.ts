/** A file of tensors that a model's graph refers to by offset (ONNX external data), produced in order. */
export interface WeightsFile {
  /** The name that the graph gives it (`location`): a bare file name. */
  readonly location: string
  /** Its length in bytes. */
  readonly byteLength: number
  /**
   * Its bytes from the first to the last, a piece at a time, so that they are never all in memory. May be called again
   * while the files behind the model are open.
   */
  chunks(): AsyncIterable<Uint8Array>
}

/** Model of a session. */
export interface OnnxModel {
  /** The ONNX ModelProto's bytes. */
  readonly graph: Uint8Array
  /** The weights, where the graph does not hold them itself. */
  readonly weights?: WeightsFile
}
