import { DinokitError } from 'dinokit/browser'
import { explain, type Attempt } from './explain.ts'
import { notices } from './store.ts'

let last = 0
/** More than these would hide the page. */
const MOST = 3

/** Tells the user that something failed; what was canceled is no failure. */
export function report(error: unknown, attempt: Attempt): void {
  if (DinokitError.is(error, 'aborted')) return
  const { title, text } = explain(error, attempt)
  tell(title, text, error instanceof Error ? error.message : String(error))
}

/** Tells the user something. */
export function tell(title: string, text: string, detail?: string): void {
  const others = notices.value.filter((notice) => notice.title !== title)
  notices.value = [...others, { id: ++last, title, text, ...(detail !== undefined && { detail }) }].slice(-MOST)
}

/** Takes a notice away. */
export function dismiss(id: number): void {
  notices.value = notices.value.filter((notice) => notice.id !== id)
}
