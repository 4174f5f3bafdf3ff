import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { expect } from 'vitest'
import type { Locator, Page } from 'playwright'

/** A file as it is dropped. */
export interface DroppedFile {
  readonly name: string
  readonly type: string
  readonly bytes: Uint8Array
}

/** The page as a person has it: what is on it, by the words that are there. */
export interface PlaygroundPage {
  readonly page: Page
  readonly patches: Locator
  /** Waits until nothing is being computed, and a layer is drawn. */
  settled(): Promise<void>
  /** Names and shares of the classes, best first. */
  classes(): Promise<{ readonly name: string; readonly share: string }[]>
  drop(files: readonly DroppedFile[]): Promise<void>
  paste(files: readonly DroppedFile[]): Promise<void>
  /** Clicks or points at a patch. */
  clickPatch(at: PatchPlace): Promise<void>
  pointAt(at: PatchPlace): Promise<void>
  /** Returns what the page reads out of the patch that is pointed at. */
  readout(): Promise<string>
  /** The colors over the image, as a digest and a size. */
  layer(): Promise<{ readonly width: number; readonly height: number; readonly digest: string }>
  /** Waits for a notice and dismisses it. */
  notice(title: RegExp): Promise<string>
}

/** A place in a grid of patches. */
interface PatchPlace {
  readonly row: number
  readonly column: number
  readonly grid: readonly [rows: number, columns: number]
}

/** Waits for what a busy machine may take long for. */
export const PATIENT = { timeout: 40_000, interval: 50 } as const

/** Wraps the page. */
export function playgroundPage(page: Page): PlaygroundPage {
  const patches = page.getByRole('application')
  const position = async ({ row, column, grid: [rows, columns] }: PatchPlace): Promise<{ x: number; y: number }> => {
    const box = (await patches.boundingBox())!
    return { x: ((column + 0.5) / columns) * box.width, y: ((row + 0.5) / rows) * box.height }
  }
  return {
    page,
    patches,
    // A layer that is not drawn yet has no opacity.
    settled: () => page.locator('[data-busy=""] .stage-layer:not([style*="opacity: 0;"])').waitFor({ timeout: PATIENT.timeout }),
    async classes() {
      await page.locator('.class-share:not(:empty)').first().waitFor({ timeout: PATIENT.timeout })
      return page.locator('.classes li').evaluateAll((items) =>
        items.map((item) => ({
          name: item.querySelector('.class-name')!.textContent,
          share: item.querySelector('.class-share')!.textContent,
        })),
      )
    },
    drop: (files) =>
      handOver(page, files, (dataTransfer) => {
        for (const event of ['dragover', 'drop'])
          document.body.dispatchEvent(new DragEvent(event, { dataTransfer, bubbles: true, cancelable: true }))
      }),
    paste: (files) =>
      handOver(page, files, (clipboardData) => {
        document.body.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }))
      }),
    clickPatch: async (at) => patches.click({ position: await position(at) }),
    pointAt: async (at) => patches.hover({ position: await position(at) }),
    readout: () => page.locator('.readout').innerText(),
    layer: () =>
      page.locator('.stage-layer').evaluate(async (canvas: HTMLCanvasElement) => {
        const { width, height } = canvas
        const { data } = canvas.getContext('2d')!.getImageData(0, 0, width, height)
        const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', data))
        return { width, height, digest: digest.join('.') }
      }),
    async notice(title) {
      const notice = page.locator('.notice').filter({ has: page.locator('strong', { hasText: title }) })
      await notice.waitFor({ timeout: PATIENT.timeout })
      const text = await notice.innerText()
      await notice.getByRole('button', { name: /^Dismiss/ }).click()
      await expect.poll(() => notice.count()).toBe(0)
      return text
    },
  }
}

/** Makes files within the page, and hands them over there as the browser does. */
async function handOver(page: Page, files: readonly DroppedFile[], give: (transfer: DataTransfer) => void): Promise<void> {
  const transfer = await page.evaluateHandle(
    (list) => {
      const transfer = new DataTransfer()
      for (const { name, type, base64 } of list) {
        const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))
        transfer.items.add(new File([bytes], name, { type }))
      }
      return transfer
    },
    files.map(({ name, type, bytes }) => ({ name, type, base64: Buffer.from(bytes).toString('base64') })),
  )
  await transfer.evaluate(give)
  await transfer.dispose()
}

/** A file of this machine, to be dropped. */
export async function fileFrom(url: URL, type: string, name = basename(url.pathname)): Promise<DroppedFile> {
  return { name, type, bytes: await readFile(url) }
}
