import type { DenseMetrics, DenseStage } from '@dinokit/train/stored'
import type { EpochValues } from '../write-curve.ts'

/** Metrics of a dense head as a line of text. */
export function describeMetrics(metrics: DenseMetrics): string {
  if ('miou' in metrics) return `pixel accuracy ${(100 * metrics.pixelAccuracy).toFixed(1)} %, mIoU ${(100 * metrics.miou).toFixed(1)} %`
  return `delta1 ${metrics.delta1.toFixed(3)}, AbsRel ${metrics.absRel.toFixed(3)}, RMSE ${metrics.rmse.toFixed(2)} m`
}

/** Returns the values of an epoch that are drawn. */
export function valuesOf({ epoch, loss, metrics }: DenseStage): EpochValues {
  const measured = 'miou' in metrics ? { mIoU: metrics.miou, pixelAccuracy: metrics.pixelAccuracy } : metrics
  return { epoch, values: { 'training loss': loss, ...measured } }
}
