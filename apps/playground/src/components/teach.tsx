import { ImagePlus, Plus, X } from 'lucide'
import type { Session } from '../state/session.ts'
import { saveFile } from '../state/save-file.ts'
import { stage } from '../state/store.ts'
import {
  addClass,
  addExamples,
  addShown,
  canLearn,
  learned,
  learning,
  removeClass,
  renameClass,
  stopLearning,
  taught,
  type TaughtClass,
} from '../state/heads/teach.ts'
import { Icon } from './controls/icon.tsx'

/** Classes of the user's own: named, shown a few images of each, learned here, tried on what is on the stage. */
export function Teach({ session }: { readonly session: Session }) {
  const under = learning.value
  const made = learned.value
  return (
    <>
      <p class="summary">Name some classes and add a few images of each. It learns to tell them apart here, in seconds; nothing is sent.</p>
      <ul class="taught-list">
        {taught.value.map((of) => (
          <ClassRow key={of.id} of={of} />
        ))}
      </ul>
      <div class="taught-actions">
        <button type="button" class="button" onClick={addClass}>
          Add a class
        </button>
        {under ? (
          <button type="button" class="button" onClick={stopLearning}>
            Stop
          </button>
        ) : (
          <button type="button" class="button button-main" disabled={!canLearn()} onClick={() => session.learn()}>
            Learn
          </button>
        )}
      </div>
      {under && <progress aria-label="Learning" {...(under.share !== undefined && { value: under.share })} max={1} />}
      {made && !under && (
        <p class="hint" role="status">
          Learned in {(made.elapsed / 1000).toFixed(1)} s.{' '}
          <button type="button" class="link" onClick={() => saveFile(made.file, 'own-classes.safetensors')}>
            Download the head
          </button>
          , for <code>dinokit classify --head</code>.
        </p>
      )}
    </>
  )
}

function ClassRow({ of: { id, name, images } }: { readonly of: TaughtClass }) {
  const place = learned.value?.classes.indexOf(id) ?? -1
  const probability = stage.value?.classes?.own?.find(({ index }) => index === place)?.probability
  const label = name || 'this class'
  return (
    <li>
      <input
        class="taught-name"
        aria-label={`Name of ${label}`}
        value={name}
        maxLength={60}
        onInput={(event) => renameClass(id, event.currentTarget.value)}
      />
      <span class="taught-share" data-class={name}>
        {probability === undefined ? '' : `${Math.round(probability * 100)} %`}
      </span>
      <span class="hint">
        {images.length} {images.length === 1 ? 'image' : 'images'}
      </span>
      <button
        type="button"
        class="button-quiet"
        aria-label={`Add what is shown to ${label}`}
        title="Add what is shown"
        onClick={() => void addShown(id)}
      >
        <Icon of={Plus} size={16} />
      </button>
      <label class="button-quiet" title="Add images">
        <Icon of={ImagePlus} size={16} />
        <input
          type="file"
          class="visually-hidden"
          accept="image/*"
          multiple
          aria-label={`Add images to ${label}`}
          onChange={(event) => {
            addExamples(id, [...(event.currentTarget.files ?? [])])
            event.currentTarget.value = ''
          }}
        />
      </label>
      <button type="button" class="button-quiet" aria-label={`Remove ${label}`} title="Remove" onClick={() => removeClass(id)}>
        <Icon of={X} size={16} />
      </button>
      <span class="class-bar" style={{ transform: `scaleX(${probability ?? 0})` }} />
    </li>
  )
}
