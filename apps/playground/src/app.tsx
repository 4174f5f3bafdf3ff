import { Classes } from './components/classes.tsx'
import { DropTarget } from './components/drop-target.tsx'
import { Empty } from './components/controls/empty.tsx'
import { Looking } from './components/controls/looking.tsx'
import { LayerPanel } from './components/layer-panel.tsx'
import { OtherImage } from './components/other-image.tsx'
import { Notices } from './components/controls/notices.tsx'
import { Stage } from './components/stage.tsx'
import { Status } from './components/controls/status.tsx'
import { Strip } from './components/strip.tsx'
import { TopBar } from './components/top-bar.tsx'
import type { Session } from './state/session.ts'
import { busy, layerId, menu, stage } from './state/store.ts'

/** The page. */
export function App({ session }: { readonly session: Session }) {
  return (
    <>
      <TopBar session={session} />
      <main class="main">
        <div class="view">
          <div
            class={`view-stage ${busy.value ? 'is-busy' : ''} ${layerId.value === 'match' ? 'is-pair' : ''}`}
            data-busy={busy.value}
            style={{ '--ratio': ratio() }}
          >
            {stage.value ? <Stage /> : <Empty />}
            <OtherImage />
            <Looking />
          </div>
          <Strip session={session} />
        </div>
        <div class="panel">
          <Classes />
          <LayerPanel session={session} />
        </div>
      </main>
      <Status />
      {!menu.value && <Notices />}
      <DropTarget session={session} />
    </>
  )
}

/** Width by height of what is on the stage. */
function ratio(): number {
  const { source, preview } = stage.value ?? {}
  const { width, height } = source ?? preview ?? { width: 3, height: 2 }
  return width / height
}
