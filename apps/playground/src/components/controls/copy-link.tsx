import { useSignal } from '@preact/signals'

/** Button that copies the page's address, which names the view. */
export function CopyLink() {
  const said = useSignal('Copy link')
  const copy = async (): Promise<void> => {
    said.value = await navigator.clipboard.writeText(location.href).then(
      () => 'Copied',
      () => 'Copy it from the address bar',
    )
    setTimeout(() => (said.value = 'Copy link'), 2_000)
  }
  return (
    <button type="button" class="button" aria-live="polite" onClick={() => void copy()}>
      {said.value}
    </button>
  )
}
