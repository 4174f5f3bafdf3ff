import { X } from 'lucide'
import { dismiss } from '../../state/notices.ts'
import { notices } from '../../state/store.ts'
import { Icon } from './icon.tsx'

/** Notices of what went wrong, in sentences. */
export function Notices() {
  return (
    <div class="notices" role="alert">
      {notices.value.map(({ id, title, text, detail }) => (
        <div key={id} class="notice">
          <div class="notice-text">
            <strong>{title}</strong>
            <p>{text}</p>
            {detail && (
              <details>
                <summary>Details</summary>
                <p class="notice-detail">{detail}</p>
              </details>
            )}
          </div>
          <button type="button" class="button-quiet" aria-label={`Dismiss: ${title}`} onClick={() => dismiss(id)}>
            <Icon of={X} />
          </button>
        </div>
      ))}
    </div>
  )
}
