/** Rows of numbers in double precision. */
export type Rows = readonly (readonly number[])[]

/** Tokens of the networks, and what a head's weights are by name, all in double precision. */
export interface ByHand {
  /** The student’s class tokens of the global crops, [2 images][dim]: the first crop of each image, then the second. */
  readonly tokens: Rows
  /** In the teacher’s width: class tokens and patches of the global crops, class tokens of the local ones. */
  readonly student: { readonly cls: Rows; readonly patches: Rows; readonly local: Rows }
  readonly teacher: { readonly cls: Rows; readonly patches: Rows }
  readonly head: Readonly<Record<string, Rows>>
  readonly images: number
  readonly temperatures: { readonly student: number; readonly teacher: number }
}

/** The losses of a distillation by DINO, iBOT and KoLeo, as their papers write them: plain loops, no graph. */
export function lossesByHand({ tokens, student, teacher, head, images, temperatures }: ByHand): Record<string, number> {
  const logits = (rows: Rows): Rows => rows.map((row) => headOf(row, head))
  const targets = {
    cls: sinkhorn(logits(teacher.cls), temperatures.teacher),
    patches: sinkhorn(logits(teacher.patches), temperatures.teacher),
  }
  const predicted = (rows: Rows): Rows => logits(rows).map((row) => logSoftmax(row, temperatures.student))
  const [global, local, patches] = [predicted(student.cls), predicted(student.local), predicted(student.patches)]
  const locals = local.length / images
  const terms = 2 + 2 * locals
  let [ofGlobal, ofLocal, ofPatches] = [0, 0, 0]
  for (let image = 0; image < images; image++) {
    for (const crop of [0, 1]) {
      ofGlobal += crossEntropy(targets.cls[crop * images + image]!, global[(1 - crop) * images + image]!) / images
      for (let small = 0; small < locals; small++)
        ofLocal += crossEntropy(targets.cls[crop * images + image]!, local[small * images + image]!) / images
    }
  }
  patches.forEach((row, index) => (ofPatches += crossEntropy(targets.patches[index]!, row) / patches.length))
  return {
    'dino.global': ofGlobal / terms,
    'dino.local': ofLocal / terms,
    ibot: ofPatches,
    koLeo: 0.1 * (koLeo(tokens.slice(0, images)) + koLeo(tokens.slice(images))),
  }
}

/** A matrix product with [out][in] weights. */
export function linear(row: readonly number[], weight: Rows, bias?: readonly number[]): number[] {
  return weight.map((weights, out) => weights.reduce((sum, value, i) => sum + value * row[i]!, bias?.[out] ?? 0))
}

function headOf(row: readonly number[], head: Readonly<Record<string, Rows>>): number[] {
  let x = [...row]
  for (const layer of [0, 2, 4]) {
    if (layer > 0) x = x.map((value) => (value / 2) * (1 + erf(value / Math.SQRT2)))
    x = linear(x, head[`mlp.${layer}.weight`]!, head[`mlp.${layer}.bias`]!.flat())
  }
  const unit = normalize(x)
  return head['last_layer.weight_v']!.map((direction, prototype) => {
    const weight = normalize(direction).map((value) => value * head['last_layer.weight_g']![prototype]![0]!)
    return weight.reduce((sum, value, i) => sum + value * unit[i]!, 0)
  })
}

/** Computes the error function by its power series, and far from 0 by its continued fraction. */
function erf(x: number): number {
  if (Math.abs(x) > 3) {
    let fraction = Math.abs(x)
    for (let k = 60; k > 0; k--) fraction = Math.abs(x) + k / 2 / fraction
    return Math.sign(x) * (1 - Math.exp(-x * x) / Math.sqrt(Math.PI) / fraction)
  }
  let [term, sum] = [x, x]
  for (let n = 1; n < 60; n++) {
    term *= (-x * x) / n
    sum += term / (2 * n + 1)
  }
  return (2 / Math.sqrt(Math.PI)) * sum
}

function sinkhorn(logits: Rows, temperature: number): Rows {
  const [samples, prototypes] = [logits.length, logits[0]!.length]
  let q = logits.map((row) => row.map((value) => Math.exp(value / temperature)))
  for (let iteration = 0; iteration < 3; iteration++) {
    const sums = Array.from({ length: prototypes }, (_, k) => q.reduce((sum, row) => sum + row[k]!, 0))
    q = q.map((row) => row.map((value, k) => value / sums[k]! / prototypes))
    q = q.map((row) => row.map((value) => value / row.reduce((a, b) => a + b) / samples))
  }
  return q.map((row) => row.map((value) => value * samples))
}

function logSoftmax(row: readonly number[], temperature: number): number[] {
  const total = Math.log(row.reduce((sum, value) => sum + Math.exp(value / temperature), 0))
  return row.map((value) => value / temperature - total)
}

function crossEntropy(targets: readonly number[], logs: readonly number[]): number {
  return -targets.reduce((sum, target, k) => sum + target * logs[k]!, 0)
}

function koLeo(rows: Rows): number {
  const units = rows.map(normalize)
  const logs = units.map((row, i) => {
    const cosine = (other: readonly number[]): number => row.reduce((sum, value, k) => sum + value * other[k]!, 0)
    const others = units.filter((_, j) => j !== i)
    const nearest = others.reduce((best, other) => (cosine(other) > cosine(best) ? other : best))
    return Math.log(Math.hypot(...row.map((value, k) => value - nearest[k]! + 1e-8)) + 1e-8)
  })
  return -logs.reduce((a, b) => a + b) / rows.length
}

function normalize(row: readonly number[]): number[] {
  const length = Math.hypot(...row)
  return row.map((value) => value / length)
}
