/** An element type as checkpoint files name it (safetensors' names). */
export type StoredDType = 'F64' | 'F32' | 'F16' | 'BF16' | 'I64' | 'I32' | 'I16' | 'I8' | 'U64' | 'U32' | 'U16' | 'U8' | 'BOOL'

/** Bytes that one element takes. */
export const STORED_BYTES: Readonly<Record<StoredDType, number>> = {
  F64: 8,
  F32: 4,
  F16: 2,
  BF16: 2,
  I64: 8,
  I32: 4,
  I16: 2,
  I8: 1,
  U64: 8,
  U32: 4,
  U16: 2,
  U8: 1,
  BOOL: 1,
}

/** A tensor of a file, not read yet. */
export interface StoredTensor {
  readonly name: string
  readonly dtype: StoredDType
  readonly shape: readonly number[]
  /** Length of its elements in the file's own element type. */
  readonly byteLength: number
  /**
   * Reads its elements as they are stored: little-endian, row-major.
   *
   * @param start - first byte; default 0
   * @param length - number of bytes; default: to the end
   * @throws DinokitError `file-unreadable`
   */
  readBytes(start?: number, length?: number): Promise<Uint8Array>
  /**
   * Reads its elements as float32, row-major. The result belongs to the caller.
   *
   * @param start - first element; default 0
   * @param end - element to stop before; default, and at most: all of them
   * @throws DinokitError `file-unreadable`; `tensor-invalid` where it does not hold floating-point numbers
   */
  readFloat32(start?: number, end?: number): Promise<Float32Array>
}

/** A file (or a set of shards) of named tensors, read one at a time and only when asked for. */
export interface TensorFile {
  /** Name for messages: a path or an address. */
  readonly name: string
  readonly format: 'safetensors' | 'pth' | 'gguf'
  /** Text that the file carries beside its tensors. */
  readonly metadata: Readonly<Record<string, string>>
  readonly tensors: ReadonlyMap<string, StoredTensor>
  /** Kinds of entries that stand in the place of tensors and can't be read as one, by name: what it is, such as `a quantized tensor`. */
  readonly skipped?: ReadonlyMap<string, string>
  /** Closes what it reads from. Closing twice is safe. */
  close(): Promise<void>
}
