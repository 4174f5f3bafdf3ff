import type { AssetOptions, CardFields, ModelCard } from '@dinokit/core'
import type { AdapterPlaces } from './merge-adapters.ts'

/** Options of `loadBackbone`. */
export interface LoadOptions extends AssetOptions {
  /** Cards of your own that a name may mean. */
  readonly cards?: readonly ModelCard[]
  /** Fields of the card that the model's files do not say, such as attention heads; they come before what the files say. */
  readonly card?: CardFields
  /** Name of a backbone in a file that holds several, such as `teacher`; `.` for the one that has nothing before its names. */
  readonly weights?: string
  /** Name of the output of an ONNX file that is its tokens, where names don't tell. */
  readonly output?: string
  /** An adapter of peft to merge into the model: its folder, or its repository on the hub. */
  readonly adapter?: string
}

/** The same with the folders that adapters are read from. */
export type Loading = LoadOptions & { readonly places?: AdapterPlaces }
