/** A tensor of a made-up checkpoint. */
interface MadeTensor {
  readonly key: string
  readonly size: number
  readonly offset: number
  readonly shape: readonly number[]
  readonly strides: readonly number[]
}

/** A made-up state dictionary. */
export interface MadeState {
  readonly [name: string]: MadeTensor | MadeState
}

/** The pickle that torch.save would write of a state dictionary: protocol 2, float32 storages. */
export function pickleOf(state: MadeState): Uint8Array {
  const bytes: number[] = [0x80, 2]
  const text = (value: string): void => void bytes.push(0x58, ...le(value.length, 4), ...new TextEncoder().encode(value))
  const global = (name: string): void => void bytes.push(0x63, ...new TextEncoder().encode(name.replace(/\.([^.]*)$/, '\n$1\n')))
  const integer = (value: number): void => void bytes.push(0x8a, 8, ...le(value, 8))
  const tuple = (values: readonly number[]): void => {
    bytes.push(0x28)
    values.forEach(integer)
    bytes.push(0x74)
  }
  const tensor = ({ key, size, offset, shape, strides }: MadeTensor): void => {
    global('torch._utils._rebuild_tensor_v2')
    bytes.push(0x28, 0x28)
    text('storage')
    global('torch.FloatStorage')
    text(key)
    text('cpu')
    integer(size)
    bytes.push(0x74, 0x51)
    integer(offset)
    tuple(shape)
    tuple(strides)
    bytes.push(0x89)
    global('collections.OrderedDict')
    bytes.push(0x29, 0x52, 0x74, 0x52)
  }
  const dictionary = (of: MadeState): void => {
    bytes.push(0x7d, 0x28)
    for (const [name, value] of Object.entries(of)) {
      text(name)
      if (isTensor(value)) tensor(value)
      else dictionary(value)
    }
    bytes.push(0x75)
  }
  dictionary(state)
  bytes.push(0x2e)
  return Uint8Array.from(bytes)
}

function isTensor(value: MadeTensor | MadeState): value is MadeTensor {
  return Array.isArray(value.shape)
}

/** A zip file of stored entries; `method` lies about how they are stored. */
export function zipOf(entries: readonly { readonly name: string; readonly bytes: Uint8Array }[], { method = 0 } = {}): Uint8Array {
  const file: number[] = []
  const directory: number[] = []
  for (const { name, bytes } of entries) {
    const encoded = new TextEncoder().encode(name)
    const common = [
      20,
      0,
      0,
      0,
      ...le(method, 2),
      0,
      0,
      0,
      0,
      0,
      0,
      0,
      0,
      ...le(bytes.length, 4),
      ...le(bytes.length, 4),
      ...le(encoded.length, 2),
      0,
      0,
    ]
    directory.push(...le(0x02014b50, 4), 20, 0, ...common, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, ...le(file.length, 4), ...encoded)
    file.push(...le(0x04034b50, 4), ...common, ...encoded, ...bytes)
  }
  const start = file.length
  return Uint8Array.from([
    ...file,
    ...directory,
    ...le(0x06054b50, 4),
    0,
    0,
    0,
    0,
    ...le(entries.length, 2),
    ...le(entries.length, 2),
    ...le(directory.length, 4),
    ...le(start, 4),
    0,
    0,
  ])
}

function le(value: number, bytes: number): number[] {
  return Array.from({ length: bytes }, (_, i) => Number((BigInt(value) >> BigInt(8 * i)) & 255n))
}
