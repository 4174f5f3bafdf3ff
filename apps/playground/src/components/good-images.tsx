import { ImagePlus, X } from 'lucide'
import { useSignal } from '@preact/signals'
import { saveFile } from '../state/save-file.ts'
import { addGood, clearGood, goodBank, goodImages, learningGood, removeGood, wantsDrawn } from '../state/anomalies/good-images.ts'
import { BitmapCanvas } from './bitmap-canvas.tsx'
import { Icon } from './controls/icon.tsx'

/** Images of how things should be: chosen or dropped here, and learned as they come. */
export function GoodImages() {
  const over = useSignal(false)
  const count = goodImages.value.length
  return (
    <section
      class={`good ${over.value ? 'is-over' : ''}`}
      aria-label="Good images"
      onDragOver={() => (over.value = true)}
      onDragLeave={() => (over.value = false)}
      onDrop={(event) => {
        over.value = false
        const files = [...(event.dataTransfer?.files ?? [])].filter(({ type }) => type.startsWith('image/'))
        if (files.length === 0) return
        // The page would take them as images to score.
        event.preventDefault()
        event.stopPropagation()
        addGood(files)
      }}
    >
      <label class="good-add">
        <Icon of={ImagePlus} size={18} />
        <span>{count === 0 ? 'Choose good images, or drop them here' : 'Add good images'}</span>
        <input
          type="file"
          class="visually-hidden"
          accept="image/*"
          multiple
          onChange={(event) => {
            addGood([...(event.currentTarget.files ?? [])])
            event.currentTarget.value = ''
          }}
        />
      </label>
      {count === 0 ? (
        <button type="button" class="link" onClick={() => (wantsDrawn.value = true)}>
          Try it on drawn gears
        </button>
      ) : (
        <>
          <ul class="good-list">
            {goodImages.value.map(({ id, name, preview }) => (
              <li key={id} class="good-item" title={name}>
                {preview && <BitmapCanvas bitmap={preview} longest={96} />}
                <button type="button" class="tile-remove" aria-label={`Remove ${name}`} onClick={() => removeGood(id)}>
                  <Icon of={X} size={12} />
                </button>
              </li>
            ))}
          </ul>
          <Learned />
        </>
      )}
    </section>
  )
}

function Learned() {
  const bank = goodBank.value
  const under = learningGood.value
  return (
    <>
      {under && <progress aria-label="Learning the good images" {...(under.share !== undefined && { value: under.share })} max={1} />}
      <p class="hint" role="status">
        {bank
          ? `Learned ${bank.images === 1 ? 'one image' : `${bank.images} images`}, ${bank.patches.toLocaleString('en')} patches.`
          : under
            ? 'Learning…'
            : ''}
      </p>
      <p class="hint">
        {bank?.file && (
          <>
            <button type="button" class="link" onClick={() => saveFile(new Blob([bank.file as BlobPart]), 'bank.safetensors')}>
              Download the bank
            </button>
            , for <code>dinokit anomaly score --bank</code>.{' '}
          </>
        )}
        <button type="button" class="link" onClick={clearGood}>
          Clear
        </button>
      </p>
    </>
  )
}
