import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import satori from 'satori'
import sharp from 'sharp'
import type { Element } from './element.ts'

const SCRIPTS = ['latin', 'latin-ext', 'cyrillic', 'greek', 'vietnamese']
const WEIGHTS = [400, 600] as const

/**
 * Draws an image of boxes, texts and images. Texts become paths, by a font that is part of this package: what is
 * drawn looks the same on every machine.
 *
 * @param element - all of it
 * @param width - in pixels
 * @param height - in pixels; default: as high as the element is
 * @returns a PNG file
 */
export async function draw(element: Element, width: number, height?: number): Promise<Buffer> {
  const size = height === undefined ? { width } : { width, height }
  const svg = await satori(element as Parameters<typeof satori>[0], { ...size, fonts: await loadFonts() })
  return sharp(Buffer.from(svg), { unlimited: true }).png({ compressionLevel: 9 }).toBuffer()
}

type Fonts = NonNullable<Parameters<typeof satori>[1]>['fonts']
let fonts: Promise<Fonts> | undefined

function loadFonts(): Promise<Fonts> {
  const { resolve } = createRequire(import.meta.url)
  const load = async (script: string, weight: (typeof WEIGHTS)[number]): Promise<Fonts[number]> => ({
    name: 'Inter',
    weight,
    data: await readFile(resolve(`@fontsource/inter/files/inter-${script}-${weight}-normal.woff`)),
  })
  return (fonts ??= Promise.all(WEIGHTS.flatMap((weight) => SCRIPTS.map((script) => load(script, weight)))))
}
