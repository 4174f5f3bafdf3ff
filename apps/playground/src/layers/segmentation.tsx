import type { HeadRequest } from '../engine/protocol.ts'
import { HeadPicker } from '../components/head-picker.tsx'
import { headOf } from '../state/heads/heads.ts'
import type { Layer } from './layer.ts'

interface Detail {
  /** The classes that are in the image, the largest first. */
  readonly classes: readonly Found[]
}

interface Found {
  readonly name: string
  /** CSS. */
  readonly color: string
  /** 0 to 1. */
  readonly share: number
}

/** Segmentation: a class for every pixel. */
export const segmentation: Layer<HeadRequest & { readonly task: 'segmentation' }, Detail> = {
  id: 'segmentation',
  title: 'Segmentation',
  summary: 'What is where: the likeliest class of every place, by a small head on top of the patches.',
  options: () => headOf('segmentation'),
  async compute({ ask }, request) {
    const { labels, classes } = await ask(request)
    const [height, width] = labels.shape
    const names: string[] = []
    const colors = new Map(classes.map(({ index, color = [128, 128, 128] }) => [index, color]))
    for (const { index, name } of classes) names[index] = name
    const data = new Uint8ClampedArray(width * height * 4)
    labels.data.forEach((label, pixel) => {
      const color = colors.get(label)
      if (color) data.set([...color, 255], pixel * 4)
    })
    return {
      raster: { width, height, data },
      values: { data: labels.data, size: { width, height }, label: '', names },
      detail: { classes: classes.map(({ name, share, color = [] }) => ({ name, share, color: `rgb(${color.join(' ')})` })) },
    }
  },
  Controls: ({ drawing }) => (
    <>
      {drawing?.detail && (
        <ul class="swatches">
          {drawing.detail.classes.map(({ name, color, share }) => (
            <li key={name}>
              <span class="swatch" style={{ background: color }} />
              <span>{name}</span>
              <span class="swatch-share">{share < 0.01 ? '< 1' : Math.round(share * 100)} %</span>
            </li>
          ))}
        </ul>
      )}
      <HeadPicker task="segmentation" />
    </>
  ),
}
