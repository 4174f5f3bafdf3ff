// The page on which a server can be tried. It knows the server by its own description: /openapi.json.
const element = (id) => document.getElementById(id)
const [about, drop, file, preview, prompt, routes, keyField, key, send] = [
  'about',
  'drop',
  'file',
  'preview',
  'prompt',
  'routes',
  'key-field',
  'key',
  'send',
].map(element)
const [form, status, bars, map, more, json, command] = ['form', 'status', 'bars', 'map', 'more', 'json', 'command'].map(element)

/** Routes whose answer can be drawn. */
let drawn = []
let image

async function begin() {
  const api = await (await fetch('openapi.json')).json()
  const posts = Object.entries(api.paths).filter(([, { post }]) => post)
  drawn = posts.filter(([, { post }]) => 'image/png' in post.responses[200].content).map(([path]) => path)
  routes.append(
    ...posts.map(([path, { post }], index) => {
      const label = document.createElement('label')
      const radio = Object.assign(document.createElement('input'), { type: 'radio', name: 'route', value: path, checked: index === 0 })
      label.append(radio, path.slice(1))
      label.title = post.summary
      return label
    }),
  )
  keyField.hidden = !api.security
  showCommand()
  if (api.security) {
    about.textContent = 'This server needs an API key.'
    return
  }
  const { model, heads, engine } = await (await fetch('model')).json()
  about.textContent = `Model ${model} on ${engine.device}${heads.length > 0 ? `, with ${heads.join(', ')}` : ''}.`
}

const chosen = () => new FormData(form).get('route')

function showCommand() {
  const withKey = keyField.hidden ? '' : ' \\\n  -H "Authorization: Bearer $KEY"'
  command.textContent = `curl --data-binary @photo.jpg \\\n  -H "Content-Type: image/jpeg"${withKey} \\\n  ${location.origin}${chosen()}`
}

function take(given) {
  if (!given) return
  image = given
  URL.revokeObjectURL(preview.src)
  preview.src = URL.createObjectURL(given)
  preview.alt = given.name ?? 'the image'
  preview.hidden = false
  prompt.textContent = given.name ?? 'The image that was pasted'
  send.disabled = false
}

async function ask(path, accept) {
  const response = await fetch(path, {
    method: 'POST',
    body: image,
    headers: { accept, 'content-type': 'application/octet-stream', ...(key.value && { authorization: `Bearer ${key.value}` }) },
  })
  if (response.ok) return response
  const { error } = await response.json()
  throw new Error(`${error.message} (${error.code})`)
}

async function answer() {
  const path = chosen().slice(1)
  const started = performance.now()
  for (const each of [bars, map, more]) each.hidden = true
  status.classList.remove('wrong')
  status.textContent = 'Asking …'
  send.disabled = true
  try {
    const found = await (await ask(path, 'application/json')).json()
    const took = Math.round(performance.now() - started)
    if (drawn.includes(`/${path}`)) {
      URL.revokeObjectURL(map.src)
      map.src = URL.createObjectURL(await (await ask(path, 'image/png')).blob())
      map.alt = `The answer of /${path} as colors`
      map.hidden = false
    }
    showBars(found)
    json.textContent = JSON.stringify(found, undefined, 2)
    more.hidden = false
    more.open = bars.hidden && map.hidden
    status.textContent = `${summary(found)} Answered in ${took} ms.`.trim()
  } catch (error) {
    status.classList.add('wrong')
    status.textContent = error.message
  } finally {
    send.disabled = false
  }
}

/** One sentence of what came back. */
function summary({ unit, min, max, tensors, neighbors }) {
  if (unit) return `From ${min.toFixed(2)} to ${max.toFixed(2)} ${unit}, the nearest bright.`
  if (tensors) return `An embedding of ${tensors.embedding.shape[0]} numbers.`
  if (neighbors) return `${neighbors.length} neighbors.`
  return ''
}

function showBars({ classes = [], neighbors = [] }) {
  const rows = [
    ...classes
      .slice(0, 8)
      .map(({ name, probability, share }) => [name, probability ?? share, `${(100 * (probability ?? share)).toFixed(1)} %`]),
    ...neighbors.map(({ id, similarity }) => [id, similarity, similarity.toFixed(3)]),
  ]
  bars.replaceChildren(
    ...rows.map(([name, value, text]) => {
      const row = document.createElement('li')
      const meter = Object.assign(document.createElement('meter'), { value, min: 0, max: 1 })
      meter.setAttribute('aria-hidden', 'true')
      row.append(Object.assign(document.createElement('span'), { textContent: name }), text, meter)
      return row
    }),
  )
  bars.hidden = rows.length === 0
}

file.addEventListener('change', () => take(file.files[0]))
routes.addEventListener('change', showCommand)
form.addEventListener('submit', (event) => {
  event.preventDefault()
  void answer()
})
for (const kind of ['dragover', 'dragleave', 'drop']) {
  drop.addEventListener(kind, (event) => {
    event.preventDefault()
    drop.classList.toggle('over', kind === 'dragover')
    if (kind === 'drop') take([...event.dataTransfer.files].find(({ type }) => type.startsWith('image/')))
  })
}
addEventListener('paste', (event) => take([...event.clipboardData.files].find(({ type }) => type.startsWith('image/'))))
begin().catch((error) => {
  about.textContent = `The server’s description can’t be read: ${error.message}`
})
