import { useEffect, useRef } from 'preact/hooks'
import type { Raster } from '../layers/layer.ts'

interface Props {
  readonly raster: Raster | undefined
  readonly class?: string
  readonly style?: Record<string, string | number>
}

/** A raster, one canvas pixel a value; CSS stretches it. It says nothing that is not said in words elsewhere. */
export function RasterCanvas({ raster, class: name = '', style = {} }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null)
  useEffect(() => {
    const context = canvas.current?.getContext('2d')
    if (!context) return
    if (!raster) {
      context.clearRect(0, 0, context.canvas.width, context.canvas.height)
      return
    }
    if (context.canvas.width !== raster.width) context.canvas.width = raster.width
    if (context.canvas.height !== raster.height) context.canvas.height = raster.height
    context.putImageData(new ImageData(raster.data, raster.width, raster.height), 0, 0)
  }, [raster])
  return <canvas ref={canvas} class={`raster ${name}`} style={style} width={1} height={1} aria-hidden="true" />
}
