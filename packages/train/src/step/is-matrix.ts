/** Whether a parameter is a matrix: weight decay leaves biases, norms' weights and LayerScale alone. */
export function isMatrix(name: string, shape: readonly number[]): boolean {
  return shape.length > 1 && !name.endsWith('bias')
}
