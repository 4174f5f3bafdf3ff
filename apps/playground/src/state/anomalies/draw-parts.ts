/** Parts to try the layer of anomalies on. */
interface DrawnParts {
  readonly good: readonly File[]
  readonly others: readonly File[]
}

const SIDE = 448
const TEETH = 14
const GOOD = 8

interface Part {
  readonly name: string
  /** Chooses where it lies, and its light. */
  readonly seed: number
  readonly fault?: 'scratch' | 'stain' | 'plug'
}

/** Draws gears on a bench: the good ones differ as photographs of one part do, others have a fault each. */
export async function drawParts(): Promise<DrawnParts> {
  const good: Part[] = Array.from({ length: GOOD }, (_, index) => ({ name: `good gear ${index + 1}`, seed: index + 1 }))
  const others: Part[] = [
    { name: 'gear with a scratch', seed: 22, fault: 'scratch' },
    { name: 'gear with a stain', seed: 23, fault: 'stain' },
    { name: 'gear with a plugged hole', seed: 21, fault: 'plug' },
    { name: 'one more good gear', seed: 24 },
  ]
  const draw = async (parts: readonly Part[]): Promise<File[]> => {
    const files: File[] = []
    for (const part of parts) files.push(await drawPart(part))
    return files
  }
  return { good: await draw(good), others: await draw(others) }
}

async function drawPart({ name, seed, fault }: Part): Promise<File> {
  const random = randomOf(seed)
  const canvas = new OffscreenCanvas(SIDE, SIDE)
  const context = canvas.getContext('2d')!
  drawBench(context, random)
  context.save()
  context.translate(SIDE / 2 + 8 * (random() - 0.5), SIDE / 2 + 8 * (random() - 0.5))
  context.rotate(0.08 * (random() - 0.5))
  drawGear(context, 130 + 24 * (random() - 0.5))
  if (fault === 'scratch') drawScratch(context)
  if (fault === 'stain') drawStain(context)
  if (fault === 'plug') drawPlug(context)
  context.restore()
  return new File([await canvas.convertToBlob()], `${name}.png`, { type: 'image/png' })
}

function drawBench(context: OffscreenCanvasRenderingContext2D, random: () => number): void {
  const light = 196 + 16 * (random() - 0.5)
  context.fillStyle = `rgb(${light} ${light - 8} ${light - 22})`
  context.fillRect(0, 0, SIDE, SIDE)
  // The grain of brushed metal.
  for (let y = 0; y < SIDE; y += 2) {
    context.fillStyle = `rgb(60 50 40 / ${0.05 * random()})`
    context.fillRect(0, y, SIDE, 2)
  }
}

function drawGear(context: OffscreenCanvasRenderingContext2D, light: number): void {
  const [outer, inner] = [166, 136]
  const gear = new Path2D()
  for (let tooth = 0; tooth < TEETH; tooth++) {
    for (const [share, at] of [
      [0, inner],
      [0.2, outer],
      [0.5, outer],
      [0.7, inner],
    ] as const) {
      const angle = (2 * Math.PI * (tooth + share)) / TEETH
      gear.lineTo(at * Math.cos(angle), at * Math.sin(angle))
    }
  }
  gear.closePath()
  context.shadowColor = 'rgb(0 0 0 / 0.45)'
  context.shadowBlur = 14
  context.shadowOffsetX = context.shadowOffsetY = 6
  const metal = context.createLinearGradient(-outer, -outer, outer, outer)
  metal.addColorStop(0, `rgb(${light + 60} ${light + 64} ${light + 70})`)
  metal.addColorStop(1, `rgb(${light - 30} ${light - 26} ${light - 18})`)
  context.fillStyle = metal
  context.fill(gear)
  context.shadowColor = 'transparent'
  disk(context, [0, 0], 92, `rgb(${light + 12} ${light + 16} ${light + 24})`)
  for (let hole = 0; hole < 5; hole++) {
    const angle = (2 * Math.PI * hole) / 5
    disk(context, [62 * Math.cos(angle), 62 * Math.sin(angle)], 17, 'rgb(52 46 40)')
  }
  disk(context, [0, 0], 30, 'rgb(52 46 40)')
}

function drawScratch(context: OffscreenCanvasRenderingContext2D): void {
  context.strokeStyle = 'rgb(245 240 230)'
  context.lineWidth = 5
  context.beginPath()
  context.moveTo(-118, -38)
  context.bezierCurveTo(-80, -70, -60, -96, -22, -122)
  context.stroke()
}

function drawStain(context: OffscreenCanvasRenderingContext2D): void {
  for (const [x, y, radius] of [
    [88, 72, 24],
    [108, 56, 15],
    [70, 94, 13],
  ] as const)
    disk(context, [x, y], radius, 'rgb(150 70 20 / 0.8)')
}

function drawPlug(context: OffscreenCanvasRenderingContext2D): void {
  disk(context, [62, 0], 19, 'rgb(206 160 60)')
  context.fillStyle = 'rgb(110 80 20)'
  context.fillRect(50, -3, 24, 6)
}

function disk(context: OffscreenCanvasRenderingContext2D, [x, y]: readonly [x: number, y: number], radius: number, color: string): void {
  context.fillStyle = color
  context.beginPath()
  context.arc(x, y, radius, 0, 2 * Math.PI)
  context.fill()
}

/** Numbers from 0 to 1, the same for a seed (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed * 0x9e3779b1
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
