import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { busy, finerLook } from '../../state/store.ts'

/** Time below which a look is not worth a number, in milliseconds. */
const LONG = 1_000
const EVERY = 250

/** Percentage of a long look that should be over, by how long the look before took: the engine tells nothing while it computes. */
export function Looking() {
  const now = useSignal(0)
  const look = busy.value === 'looking' ? finerLook.value : undefined
  const long = look !== undefined && look.expected > LONG
  useEffect(() => {
    if (!long) return undefined
    const timer = setInterval(() => (now.value = performance.now()), EVERY)
    return () => clearInterval(timer)
  }, [long, now])
  if (!long) return null
  const share = Math.min(0.99, Math.max(0, (now.value - look.start) / look.expected))
  return (
    <span class="looking" role="status">
      {Math.round(share * 100)} % of about {Math.max(1, Math.round(look.expected / 1000))} s
    </span>
  )
}
