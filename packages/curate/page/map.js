// The page of a map. It has all that it shows in itself, and asks for nothing.
{
  const element = (id) => document.getElementById(id)
  const data = JSON.parse(element('data').textContent)
  const numbers = (Type, text) => new Type(Uint8Array.from(atob(text), (character) => character.charCodeAt(0)).buffer)
  const [canvas, hover, find, images, select, legend] = ['canvas', 'hover', 'find', 'images', 'coloring', 'legend'].map(element)
  const context = canvas.getContext('2d')

  const count = data.ids.length
  const places = Float64Array.from(numbers(Uint16Array, data.places), (value) => value / 65535)
  const thumbnailOf = numbers(Int32Array, data.thumbnails)
  const colorings = data.colorings.map(({ name, values, of }) => ({ name, values, of: numbers(Int32Array, of) }))
  const sheets = data.sheets.map((src) => Object.assign(new Image(), { src, onload: () => redraw() }))

  /** Colors of the values that most images have; further ones get colors of their own hue, and those beyond share a gray. */
  const COLORS = [
    '#3b7dd8',
    '#e0792a',
    '#3d9a50',
    '#c8413b',
    '#8a63c7',
    '#9a6650',
    '#d667a8',
    '#2aa5b4',
    '#a9a022',
    '#5a6acf',
    '#e6a817',
    '#7a9a3a',
  ]
  const MOST_COLORS = 100
  const colorAt = (place) => COLORS[place] ?? `hsl(${(place * 137.5) % 360} ${place % 2 ? 45 : 65}% ${place % 3 ? 48 : 62}%)`
  const GRAY = '#8b9096'
  const NONE = -1
  const REACH = 14

  // What is seen: the place in the middle, and pixels per unit.
  const view = { x: 0.5, y: 0.5, scale: 1 }
  let [width, height] = [1, 1]
  let coloring = colorings[0]
  let colors = []
  /** The value of the legend that is shown alone. */
  let alone
  /** Whether an image is one of those that are asked for. */
  let bright = new Uint8Array(count).fill(1)
  let chosen = -1
  let over = -1
  /** Images that were drawn as such, the topmost last. */
  let shown = []
  let waiting = false
  /** Number of images that are in view. */
  let seen = 0

  const toX = (index) => (places[2 * index] - view.x) * view.scale + width / 2
  const toY = (index) => (places[2 * index + 1] - view.y) * view.scale + height / 2
  const colorOf = (index) => (coloring ? (colors[coloring.of[index]] ?? GRAY) : COLORS[0])

  function redraw() {
    if (waiting) return
    waiting = true
    requestAnimationFrame(() => {
      waiting = false
      draw()
    })
  }

  function draw() {
    const ratio = devicePixelRatio || 1
    canvas.width = Math.round(width * ratio)
    canvas.height = Math.round(height * ratio)
    context.scale(ratio, ratio)
    const visible = [[], []]
    for (let index = 0; index < count; index++) {
      const [x, y] = [toX(index), toY(index)]
      if (x > -40 && y > -40 && x < width + 40 && y < height + 40) visible[bright[index]].push(index)
    }
    seen = visible[1].length
    const radius = count > 20_000 ? 2 : count > 3000 ? 3 : 4.5
    context.globalAlpha = 0.15
    for (const index of visible[0]) dot(index, radius, GRAY)
    context.globalAlpha = 0.85
    for (const index of visible[1]) dot(index, radius, colorOf(index))
    context.globalAlpha = 1
    shown = []
    if (sheets.length > 0 && images.checked) thumbnails(visible[1])
    if (chosen >= 0) ring(chosen, 3)
    if (over >= 0) ring(over, 2)
  }

  function dot(index, radius, color) {
    context.fillStyle = color
    if (count > 20_000) context.fillRect(toX(index) - radius, toY(index) - radius, 2 * radius, 2 * radius)
    else {
      context.beginPath()
      context.arc(toX(index), toY(index), radius, 0, 7)
      context.fill()
    }
  }

  /** Draws images where none was drawn yet, the chosen one first. */
  function thumbnails(indices) {
    const side = sideOf()
    // What is drawn in each square of that size: no two lie in one.
    const cells = new Map()
    for (const index of chosen >= 0 && bright[chosen] ? [chosen, ...indices] : indices) {
      if (thumbnailOf[index] < 0) continue
      const [x, y] = [toX(index), toY(index)]
      const [column, row] = [Math.floor(x / side), Math.floor(y / side)]
      let free = true
      for (let i = -1; i <= 1; i++) for (let j = -1; j <= 1; j++) free &&= !near(cells.get(`${column + i} ${row + j}`), x, y, side)
      if (!free) continue
      cells.set(`${column} ${row}`, [x, y])
      paint(context, index, x - side / 2, y - side / 2, side)
      context.strokeStyle = colorOf(index)
      context.lineWidth = 2
      context.strokeRect(x - side / 2, y - side / 2, side, side)
      shown.push(index)
    }
  }

  const near = (place, x, y, side) => place && Math.abs(place[0] - x) < side + 4 && Math.abs(place[1] - y) < side + 4
  /** Larger where fewer are seen. */
  const sideOf = () => Math.min(data.side, seen > 300 ? 44 : 72)

  function paint(to, index, x, y, side) {
    const each = data.columns * data.columns
    const [sheet, place] = [sheets[Math.floor(thumbnailOf[index] / each)], thumbnailOf[index] % each]
    if (!sheet.complete) return
    const [left, top] = [(place % data.columns) * data.side, Math.floor(place / data.columns) * data.side]
    to.drawImage(sheet, left, top, data.side, data.side, x, y, side, side)
  }

  function ring(index, line) {
    const side = shown.includes(index) ? sideOf() + 6 : 14
    context.strokeStyle = getComputedStyle(document.body).color
    context.lineWidth = line
    context.strokeRect(toX(index) - side / 2, toY(index) - side / 2, side, side)
  }

  /** The image at a place of the canvas; -1 where there is none. */
  function indexAt(x, y) {
    const half = sideOf() / 2
    for (const index of shown.toReversed()) if (Math.abs(toX(index) - x) <= half && Math.abs(toY(index) - y) <= half) return index
    return nearest(x, y, (index) => bright[index], REACH)
  }

  function nearest(x, y, fits, most = Infinity) {
    let [best, least] = [-1, most * most]
    for (let index = 0; index < count; index++) {
      const square = (toX(index) - x) ** 2 + (toY(index) - y) ** 2
      if (square < least && fits(index)) [best, least] = [index, square]
    }
    return best
  }

  function factsOf(index) {
    return colorings.flatMap(({ name, values, of }) => (of[index] === NONE ? [] : [[name, values[of[index]]]]))
  }

  function canvasOf(index, side) {
    if (thumbnailOf[index] < 0) return []
    const drawn = Object.assign(document.createElement('canvas'), { className: 'thumbnail', width: side, height: side })
    drawn.style.cssText = `width: ${side}px; height: ${side}px`
    drawn.setAttribute('role', 'img')
    drawn.setAttribute('aria-label', data.ids[index])
    paint(drawn.getContext('2d'), index, 0, 0, side)
    return [drawn]
  }

  function showHover(x, y) {
    hover.hidden = over < 0
    if (over < 0) return
    const text = document.createElement('div')
    text.textContent = [data.ids[over], ...factsOf(over).map(([name, value]) => `${name}: ${value}`)].join(' · ')
    hover.replaceChildren(...canvasOf(over, Math.min(2 * data.side, 160)), text)
    const [left, top] = [x + 16, y + 16]
    hover.style.left = `${Math.max(0, Math.min(left, width - hover.offsetWidth - 8))}px`
    hover.style.top = `${top + hover.offsetHeight > height - 8 ? Math.max(0, y - hover.offsetHeight - 16) : top}px`
  }

  function choose(index) {
    chosen = index
    element('nothing').hidden = index >= 0
    element('figure').hidden = index < 0
    if (index >= 0) {
      element('thumbnail').replaceChildren(...canvasOf(index, Math.max(160, Math.min(2 * data.side, 230))))
      element('name').textContent = data.ids[index]
      element('facts').replaceChildren(
        ...factsOf(index).flatMap(([name, value]) => [
          Object.assign(document.createElement('dt'), { textContent: name }),
          Object.assign(document.createElement('dd'), { textContent: value }),
        ]),
      )
    }
    redraw()
  }

  /** Goes to the nearest image in a direction. */
  function step(right, down) {
    const [x, y] = [toX(chosen), toY(chosen)]
    const ahead = (index) => {
      const [across, along] = [toX(index) - x, toY(index) - y]
      const forward = right * across + down * along
      return bright[index] && index !== chosen && forward > 0 && forward >= Math.abs(right * along + down * across)
    }
    const next = nearest(x, y, ahead)
    if (next < 0) return
    choose(next)
    if (toX(next) < 0 || toY(next) < 0 || toX(next) > width || toY(next) > height)
      [view.x, view.y] = [places[2 * next], places[2 * next + 1]]
  }

  function zoom(factor, x = width / 2, y = height / 2) {
    const scale = Math.max(50, Math.min(view.scale * factor, 4_000_000))
    view.x += (x - width / 2) * (1 / view.scale - 1 / scale)
    view.y += (y - height / 2) * (1 / view.scale - 1 / scale)
    view.scale = scale
    redraw()
  }

  function move(x, y) {
    view.x -= x / view.scale
    view.y -= y / view.scale
    redraw()
  }

  function showAll() {
    let [left, top, right, bottom] = [1, 1, 0, 0]
    for (let index = 0; index < count; index++) {
      left = Math.min(left, places[2 * index])
      right = Math.max(right, places[2 * index])
      top = Math.min(top, places[2 * index + 1])
      bottom = Math.max(bottom, places[2 * index + 1])
    }
    view.x = count > 0 ? (left + right) / 2 : 0.5
    view.y = count > 0 ? (top + bottom) / 2 : 0.5
    const [across, along] = [Math.max(right - left, 1e-4), Math.max(bottom - top, 1e-4)]
    view.scale = Math.max(50, Math.min((width - 80) / across, (height - 80) / along))
    redraw()
  }

  function ask() {
    const words = find.value.trim().toLowerCase()
    bright = Uint8Array.from({ length: count }, (_, index) => {
      if (alone !== undefined && valueOf(index) !== alone) return 0
      if (words === '') return 1
      return [data.ids[index], ...factsOf(index).map(([, value]) => value)].some((text) => text.toLowerCase().includes(words)) ? 1 : 0
    })
    const left = bright.reduce((sum, one) => sum + one, 0)
    element('legend-note').textContent =
      left === count ? 'Choose one to see it alone.' : `${left} of ${count} ${count === 1 ? 'image' : 'images'} shown.`
    redraw()
  }

  /** What the legend counts an image to: a value that has a color, or the others. */
  const valueOf = (index) => (colors[coloring.of[index]] === undefined ? NONE : coloring.of[index])

  function color() {
    coloring = colorings[Number(select.value)]
    alone = undefined
    legend.replaceChildren()
    element('legend-title').textContent = coloring ? `By ${coloring.name}` : 'Legend'
    if (!coloring) return ask()
    const sizes = new Map()
    for (const value of coloring.of) if (value !== NONE) sizes.set(value, (sizes.get(value) ?? 0) + 1)
    const nameOf = (value) => coloring.values[value]
    const byName = (a, b) => nameOf(a[0]).localeCompare(nameOf(b[0]), 'en', { numeric: true })
    const largest = [...sizes].sort((a, b) => b[1] - a[1] || byName(a, b)).slice(0, MOST_COLORS)
    colors = []
    largest.forEach(([value], place) => (colors[value] = colorAt(place)))
    const named = largest.reduce((sum, [, size]) => sum + size, 0)
    const more = sizes.size - largest.length
    const rest = count - named
    const entries = largest.map(([value, size]) => [value, nameOf(value), size])
    if (rest > 0) entries.push([NONE, more > 0 ? `${more} others` : `no ${coloring.name}`, rest])
    legend.append(
      ...entries.map(([value, name, size]) => {
        const button = Object.assign(document.createElement('button'), { type: 'button' })
        const swatch = Object.assign(document.createElement('span'), { className: 'swatch' })
        swatch.style.background = colors[value] ?? GRAY
        button.append(
          swatch,
          Object.assign(document.createElement('span'), { className: 'name', textContent: name }),
          Object.assign(document.createElement('span'), { className: 'count', textContent: size.toLocaleString('en') }),
        )
        button.setAttribute('aria-pressed', 'false')
        button.onclick = () => {
          alone = alone === value ? undefined : value
          for (const one of legend.querySelectorAll('button')) one.setAttribute('aria-pressed', String(one === button && alone === value))
          ask()
        }
        const item = document.createElement('li')
        item.append(button)
        return item
      }),
    )
    ask()
  }

  const pointers = new Map()
  let moved = 0
  const placeOf = ({ clientX, clientY }) => {
    const { left, top } = canvas.getBoundingClientRect()
    return [clientX - left, clientY - top]
  }
  const spread = () => {
    const [[ax, ay], [bx, by]] = pointers.values()
    return { distance: Math.hypot(ax - bx, ay - by), x: (ax + bx) / 2, y: (ay + by) / 2 }
  }
  canvas.onpointerdown = (event) => {
    if (event.button !== 0) return
    canvas.setPointerCapture(event.pointerId)
    pointers.set(event.pointerId, placeOf(event))
    moved = pointers.size > 1 ? Infinity : 0
    canvas.classList.add('dragged')
  }
  canvas.onpointermove = (event) => {
    const [x, y] = placeOf(event)
    const last = pointers.get(event.pointerId)
    if (!last) {
      const index = indexAt(x, y)
      if (index !== over) redraw()
      over = index
      return showHover(x, y)
    }
    moved += Math.hypot(x - last[0], y - last[1])
    if (pointers.size === 1) move(x - last[0], y - last[1])
    const before = pointers.size === 2 ? spread() : undefined
    pointers.set(event.pointerId, [x, y])
    if (!before) return
    const after = spread()
    move(after.x - before.x, after.y - before.y)
    if (before.distance > 0) zoom(after.distance / before.distance, after.x, after.y)
  }
  canvas.onpointerup = canvas.onpointercancel = (event) => {
    const place = pointers.get(event.pointerId)
    pointers.delete(event.pointerId)
    if (pointers.size === 0) canvas.classList.remove('dragged')
    if (place && moved < 5 && event.type === 'pointerup') choose(indexAt(...place))
  }
  canvas.onpointerleave = () => {
    over = -1
    showHover(0, 0)
    redraw()
  }
  canvas.addEventListener(
    'wheel',
    (event) => {
      event.preventDefault()
      zoom(Math.exp(-event.deltaY * (event.deltaMode === 1 ? 0.05 : 0.002)), ...placeOf(event))
    },
    { passive: false },
  )
  const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }
  canvas.onkeydown = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const arrow = ARROWS[event.key]
    if (arrow && event.shiftKey && chosen >= 0) step(...arrow)
    else if (arrow) move(-60 * arrow[0], -60 * arrow[1])
    else if (event.key === '+' || event.key === '=') zoom(1.4)
    else if (event.key === '-') zoom(1 / 1.4)
    else if (event.key === '0') showAll()
    else if (event.key.toLowerCase() === 'n') choose(nearest(width / 2, height / 2, (index) => bright[index]))
    else if (event.key === 'Escape') choose(-1)
    else return
    event.preventDefault()
  }

  document.title = data.title
  element('title').textContent = data.title
  element('about').textContent = data.about
  canvas.setAttribute('aria-label', `Map of ${count} ${count === 1 ? 'image' : 'images'}`)
  element('images-field').hidden = sheets.length === 0
  select.closest('label').hidden = colorings.length === 0
  select.append(...colorings.map(({ name }, index) => new Option(name, String(index))))
  select.onchange = color
  find.oninput = ask
  images.onchange = redraw
  element('whole').onclick = showAll
  matchMedia('(prefers-color-scheme: dark)').onchange = redraw
  let first = true
  new ResizeObserver(([{ contentRect }]) => {
    ;[width, height] = [contentRect.width, contentRect.height]
    if (first) showAll()
    first = false
    redraw()
  }).observe(element('map'))
  color()
}
