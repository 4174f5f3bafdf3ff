import { useLayoutEffect, useRef } from 'preact/hooks'

interface Props {
  readonly bitmap: ImageBitmap
  /** Subject of the image; without it, it is decoration. */
  readonly label?: string
  /** Longest side in canvas pixels; default: the bitmap's own. */
  readonly longest?: number
  readonly class?: string
}

/** A bitmap on a canvas. */
export function BitmapCanvas({ bitmap, label, longest = Infinity, class: name = '' }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null)
  const scale = Math.min(1, longest / Math.max(bitmap.width, bitmap.height))
  const [width, height] = [Math.max(1, Math.round(bitmap.width * scale)), Math.max(1, Math.round(bitmap.height * scale))]
  useLayoutEffect(() => {
    // A frame may have been closed in favor of the next one.
    if (bitmap.width > 0) canvas.current?.getContext('2d')?.drawImage(bitmap, 0, 0, width, height)
  }, [bitmap, width, height])
  const about = label === undefined ? ({ 'aria-hidden': 'true' } as const) : ({ role: 'img', 'aria-label': label } as const)
  return <canvas ref={canvas} class={name} width={width} height={height} {...about} />
}
