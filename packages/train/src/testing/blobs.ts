import { createRandom } from '@dinokit/core/augment'
import type { ClassificationExamples } from '../classifiers/classification-examples.ts'

/**
 * Examples of classes that a straight line tells apart: a center for each class, and noise.
 *
 * @param count - of examples
 * @param seed - of the noise; the centers are always the same
 * @param noise - how far from its center an example may lie, in each direction
 */
export function blobs(count: number, seed: number, noise = 1): ClassificationExamples {
  const [dim, layers] = [8, 4]
  const classes = ['one', 'two', 'three']
  const center = createRandom(1)
  const centers = classes.map(() => Float32Array.from({ length: dim * layers }, () => center.uniform(-1, 1)))
  const random = createRandom(seed)
  const labels = Int32Array.from({ length: count }, (_, index) => index % classes.length)
  const cls = Float32Array.from({ length: count * dim * layers }, (_, i) => {
    const label = labels[Math.floor(i / (dim * layers))]!
    return centers[label]![i % (dim * layers)]! + random.uniform(-noise, noise)
  })
  return { dim, classes, labels, cls, mean: Float32Array.from({ length: count * dim }, (_, i) => cls[i % cls.length]!) }
}
