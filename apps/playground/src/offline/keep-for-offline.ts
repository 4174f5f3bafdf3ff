import { effect } from '@preact/signals'
import { busy, stage } from '../state/store.ts'

/** Once the first image was embedded, and nothing is held up by it, keeps the page for when there is no network. */
export function keepForOffline(): void {
  // Browsers have none in insecure pages and some private windows; the page works without.
  const workers = navigator.serviceWorker as ServiceWorkerContainer | undefined
  if (!import.meta.env.PROD || !workers) return
  let begun = false
  effect(() => {
    if (begun || busy.value !== '' || !stage.value?.embedded) return
    begun = true
    // The name of this very file changes with every build.
    const build = new URL(import.meta.url).pathname.split('/').at(-1) ?? ''
    const address = new URL(`service-worker.js?${build}`, document.baseURI)
    workers.register(address).catch(() => {})
  })
}
