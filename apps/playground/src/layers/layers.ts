import { anomalies } from './anomalies.tsx'
import { attention } from './attention.tsx'
import { depth } from './depth.tsx'
import { example } from './example.tsx'
import { features } from './features.tsx'
import { follow } from './follow.tsx'
import type { Layer } from './layer.ts'
import { match } from './match.tsx'
import { objects } from './objects.tsx'
import { segmentation } from './segmentation.tsx'
import { similarity } from './similarity.tsx'

/** Layers that can be drawn over the image, in the order of the tabs. Each is one file; see {@link Layer}. */
export const LAYERS: readonly Layer[] = [
  features,
  similarity,
  match,
  example,
  follow,
  anomalies,
  attention,
  objects,
  segmentation,
  depth,
].map((layer) => layer as unknown as Layer)
