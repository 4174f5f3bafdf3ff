import { quantizeLinears, type Graph } from '@dinokit/onnx'

/**
 * The same network in less memory, in a file of its own: a page that opens a model need not load it.
 *
 * @param graph - of the network
 */
export function quantizeGraph(graph: Graph): Graph {
  return quantizeLinears(graph)
}
