import { useSignal } from '@preact/signals'
import { clearCache } from 'dinokit/browser'
import { Check, FileUp, Trash2, X } from 'lucide'
import { useEffect, useRef } from 'preact/hooks'
import type { OpenRequest } from '../engine/protocol.ts'
import { catalog, type CatalogEntry } from '../state/catalog.ts'
import { cancelOpening } from '../state/open-model.ts'
import type { Session } from '../state/session.ts'
import { model, request } from '../state/store.ts'
import { Choice } from './controls/choice.tsx'
import { Download, megabytes } from './controls/download.tsx'
import { Icon } from './controls/icon.tsx'
import { Notices } from './controls/notices.tsx'

interface Props {
  readonly session: Session
  readonly onClose: () => void
}

/** Menu of models, where they come from, and the device that computes. */
export function ModelMenu({ session, onClose }: Props) {
  const dialog = useRef<HTMLDialogElement>(null)
  const entries = useSignal<readonly CatalogEntry[]>([])
  const device = useSignal(request.value.device)
  const picker = useRef<HTMLInputElement>(null)
  const { open, opening } = model.value
  useEffect(() => dialog.current?.showModal(), [])
  // What is in the cache changes when a download ends.
  useEffect(() => void catalog().then((found) => (entries.value = found)), [opening === undefined, entries])

  const choose = (chosen: OpenRequest['model']): void => session.open({ model: chosen, device: device.value })
  return (
    <dialog
      ref={dialog}
      class="menu"
      aria-labelledby="menu-title"
      onClose={onClose}
      onClick={(event) => event.target === dialog.current && dialog.current?.close()}
    >
      <div class="menu-body">
        <div class="menu-head">
          <h2 id="menu-title">Model</h2>
          <button type="button" class="button-quiet" aria-label="Close" onClick={() => dialog.current?.close()}>
            <Icon of={X} />
          </button>
        </div>
        <Notices />
        {opening && <Download {...opening} onCancel={cancelOpening} />}
        <ul class="models">
          <Row
            title="Tiny"
            about="Built in, works offline, and the one that names things"
            size="11 MB"
            current={open?.id === 'tiny'}
            onChoose={() => choose('tiny')}
          />
          <li class="model">
            <button type="button" class="model-choose" onClick={() => picker.current?.click()}>
              <span class="model-title">
                <Icon of={FileUp} size={16} /> A file of yours
              </span>
              <span class="hint">.pth, .safetensors or .onnx; or drop it on the page</span>
            </button>
            <input
              ref={picker}
              type="file"
              class="visually-hidden"
              tabIndex={-1}
              accept=".pth,.pt,.bin,.safetensors,.onnx"
              aria-label="A model’s file"
              onChange={(event) => {
                const [file] = event.currentTarget.files ?? []
                if (file) choose(file)
              }}
            />
          </li>
        </ul>
        {open && (
          <dl class="model-about">
            <dt>Open</dt>
            <dd>{open.id}</dd>
            <dt>Family</dt>
            <dd>{open.family}</dd>
            <dt>License</dt>
            <dd>{open.license}</dd>
          </dl>
        )}
        <h3>DINOv2, downloaded once from the Hugging Face hub</h3>
        <ul class="models">
          {entries.value.map((entry) => (
            <Row
              key={entry.id}
              title={entry.registers ? `${entry.title}, with registers` : entry.title}
              about={`${Math.round(entry.parameters / 1e6)} million parameters`}
              size={
                entry.cached === 'whole'
                  ? 'Downloaded'
                  : entry.cached === 'part'
                    ? `${megabytes(entry.bytes)}, begun`
                    : megabytes(entry.bytes)
              }
              current={open?.id === entry.id}
              onChoose={() => choose(entry.id)}
              {...(entry.cached !== 'none' && {
                onDelete: () => void clearCache(entry.file).then(async () => (entries.value = await catalog())),
              })}
            />
          ))}
        </ul>
        <h3>Computed by</h3>
        <Choice
          label="Computed by"
          quiet
          value={device}
          choices={[
            { value: 'auto', label: 'Automatic' },
            { value: 'webgpu', label: 'WebGPU' },
            { value: 'wasm', label: 'WebAssembly' },
          ]}
          onChange={(value) => {
            device.value = value
            session.open({ ...request.value, device: value })
          }}
        />
        {open && (
          <p class="hint">
            {open.engine.name} on {open.engine.device === 'webgpu' ? 'WebGPU' : `WebAssembly, threads: ${open.engine.threads ?? 1}`}, opened
            in {Math.round(open.elapsed)} ms. {open.engine.fallback}
          </p>
        )}
      </div>
    </dialog>
  )
}

interface RowProps {
  readonly title: string
  readonly about: string
  readonly size: string
  readonly current: boolean
  readonly onChoose: () => void
  readonly onDelete?: () => void
}

function Row({ title, about, size, current, onChoose, onDelete }: RowProps) {
  return (
    <li class={`model ${current ? 'is-current' : ''}`}>
      <button type="button" class="model-choose" aria-current={current} onClick={onChoose}>
        <span class="model-title">
          {title} {current && <Icon of={Check} size={16} />}
        </span>
        <span class="hint">{about}</span>
        <span class="model-size">{size}</span>
      </button>
      {onDelete && (
        <button type="button" class="button-quiet" aria-label={`Delete ${title} from this browser`} onClick={onDelete}>
          <Icon of={Trash2} size={16} />
        </button>
      )}
    </li>
  )
}
