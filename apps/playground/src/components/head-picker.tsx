import type { DenseTask } from '../engine/protocol.ts'
import { chooseHead } from '../state/heads/heads.ts'
import { heads, model, openingHead } from '../state/store.ts'
import { Download, megabytes } from './controls/download.tsx'

/** Menu of the heads that can answer for the model. */
export function HeadPicker({ task }: { readonly task: DenseTask }) {
  const { open } = model.value
  if (!open) return null
  const used = heads.value[task]
  const opening = openingHead.value?.request.task === task ? openingHead.value : undefined
  const others = open.heads[task].filter(({ name }) => name !== used?.weights)
  if (opening) return <Download {...opening} name={opening.request.title} onCancel={() => (openingHead.value = undefined)} />
  return (
    <>
      {used ? (
        <p class="hint">
          {used.trainedOn && <strong>This head was trained on photographs of {used.trainedOn}: on other images it is wrong. </strong>}
          Head: {used.title}. The .safetensors file of another can be dropped on the page.
        </p>
      ) : others.length > 0 ? (
        <p class="hint">Choose a head that Meta trained for this model; it is downloaded once. Or drop the file of one on the page.</p>
      ) : (
        <p class="hint">
          No head for {task} is known for this model. Drop the .safetensors file of one that was trained on it on the page.
        </p>
      )}
      {others.map((choice) => (
        <button key={choice.name} type="button" class="button head-choice" onClick={() => chooseHead(task, choice)}>
          <span>{choice.title}</span>
          <span class="hint">{choice.bytes > 0 ? megabytes(Math.max(choice.bytes, 1e6)) : 'Built in'}</span>
        </button>
      ))}
    </>
  )
}
