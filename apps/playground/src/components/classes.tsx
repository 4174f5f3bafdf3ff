import { model, stage } from '../state/store.ts'

/** The five likeliest classes. */
export function Classes() {
  const { open } = model.value
  const best = stage.value?.classes?.best
  return (
    <section class="card" aria-labelledby="classes-title">
      <h2 id="classes-title">What it sees</h2>
      {open && !open.classifies ? (
        <p class="hint">Only the built-in model knows names of things. Features, similarity and attention work with every model.</p>
      ) : (
        <ol class="classes" aria-live="polite" aria-busy={!best}>
          {Array.from({ length: 5 }, (_, index) => {
            const found = best?.[index]
            return (
              <li key={index} class={found ? '' : 'is-empty'}>
                <span class="class-name">{found ? shortName(found.name) : ' '}</span>
                <span class="class-share">{found ? percent(found.probability) : ''}</span>
                <span class="class-bar" style={{ transform: `scaleX(${found?.probability ?? 0})` }} />
              </li>
            )
          })}
        </ol>
      )}
    </section>
  )
}

/** The first of a class's names. */
function shortName(name: string): string {
  const first = name.split(',')[0]!
  return `${first[0]!.toUpperCase()}${first.slice(1)}`
}

function percent(probability: number): string {
  const value = probability * 100
  return value < 0.1 ? '< 0.1 %' : `${value.toFixed(value < 10 ? 1 : 0)} %`
}
