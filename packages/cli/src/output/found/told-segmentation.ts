import type { Segmentation } from '@dinokit/head-segmentation'
import type { Output } from '../console-output.ts'

/** Prints what an image shows: its classes, the largest first. */
export function reportSegmentation(output: Output, source: string, found: Segmentation, path: string | undefined): void {
  const lines = found.classes.map(
    ({ name, share, confidence }) => `  ${`${(share * 100).toFixed(1)} %`.padStart(7)}  ${name} (confidence ${confidence.toFixed(2)})`,
  )
  const said = path === undefined ? source : `${source} -> ${path}`
  output.result(source, summaryOf(found, path), [said, ...lines].join('\n'))
}

function summaryOf({ labels, classes }: Segmentation, file: string | undefined): Record<string, unknown> {
  const [height, width] = labels.shape
  return { width, height, classes, ...(file !== undefined && { file }) }
}
