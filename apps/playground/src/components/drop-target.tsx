import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import type { Session } from '../state/session.ts'
import { layerId } from '../state/store.ts'

/** The whole page takes what is dropped or pasted. */
export function DropTarget({ session }: { readonly session: Session }) {
  const over = useSignal(false)
  useEffect(() => {
    const controller = new AbortController()
    const { signal } = controller
    const hasFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes('Files') ?? false
    addEventListener(
      'dragover',
      (event) => {
        if (!hasFiles(event)) return
        event.preventDefault()
        over.value = true
      },
      { signal },
    )
    addEventListener('dragleave', (event) => event.relatedTarget === null && (over.value = false), { signal })
    addEventListener(
      'drop',
      (event) => {
        over.value = false
        if (!hasFiles(event)) return
        event.preventDefault()
        session.takeFiles([...(event.dataTransfer?.files ?? [])])
      },
      { signal },
    )
    addEventListener('paste', (event) => session.takeFiles([...(event.clipboardData?.files ?? [])]), { signal })
    return () => controller.abort()
  }, [session, over])
  const scores = layerId.value === 'anomalies'
  return over.value ? (
    <div class={`drop ${scores ? 'is-clear' : ''}`} aria-hidden="true">
      <span>{scores ? 'Drop images to score here, good ones on their field' : 'Drop images, a video, or a model'}</span>
    </div>
  ) : null
}
