import type { OnnxBackboneOptions } from '@dinokit/vit'

/** The option of ONNX models that says which output is the tokens. */
export function chosenOutput({ output }: { readonly output?: string }): Pick<OnnxBackboneOptions, 'output'> {
  return output === undefined ? {} : { output }
}
