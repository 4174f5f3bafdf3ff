/** A function’s value and slope at a point. */
export interface Evaluation {
  readonly value: number
  readonly slope: Float64Array
}

/** Steps that are remembered. */
const MEMORY = 10
/** Halvings of a step before it is given up. */
const HALVINGS = 20

/**
 * Minimizes a smooth function by L-BFGS with backtracking (Nocedal and Wright, Numerical Optimization, 7.4 and 3.1).
 *
 * @param start - where to begin
 * @param evaluate - the function
 * @param options - when to stop: iterations, or no element of the slope beyond the tolerance
 * @returns the point
 */
export async function minimize(
  start: Float64Array,
  evaluate: (point: Float64Array) => Promise<Evaluation>,
  { iterations, tolerance }: { readonly iterations: number; readonly tolerance: number },
): Promise<Float64Array> {
  let point = start
  let here = await evaluate(point)
  const memory: { readonly moved: Float64Array; readonly bent: Float64Array; readonly scale: number }[] = []
  for (let iteration = 0; iteration < iterations; iteration++) {
    if (here.slope.every((value) => Math.abs(value) <= tolerance)) break
    const direction = descent(here.slope, memory)
    const fall = dot(direction, here.slope)
    let length = memory.length === 0 ? Math.min(1, 1 / Math.sqrt(dot(here.slope, here.slope))) : 1
    let next = here
    let reached = point
    for (let halving = 0; halving < HALVINGS; halving++, length /= 2) {
      const step = length
      reached = point.map((value, i) => value + step * direction[i]!)
      next = await evaluate(reached)
      if (next.value <= here.value + 1e-4 * length * fall) break
    }
    // In float32 the last steps make no difference that can be seen.
    if (!(next.value < here.value)) break
    const [moved, bent] = [difference(reached, point), difference(next.slope, here.slope)]
    const curvature = dot(moved, bent)
    if (curvature > 0) memory.push({ moved, bent, scale: 1 / curvature })
    if (memory.length > MEMORY) memory.shift()
    point = reached
    here = next
  }
  return point
}

/** The two-loop recursion: minus the inverse curvature times the slope. */
function descent(
  slope: Float64Array,
  memory: readonly { readonly moved: Float64Array; readonly bent: Float64Array; readonly scale: number }[],
): Float64Array {
  let direction = slope.map((value) => -value)
  const shares = memory.toReversed().map(({ moved, bent, scale }) => {
    const share = scale * dot(moved, direction)
    direction = direction.map((value, i) => value - share * bent[i]!)
    return share
  })
  const last = memory.at(-1)
  if (last) {
    const size = 1 / (last.scale * dot(last.bent, last.bent))
    direction = direction.map((value) => value * size)
  }
  memory.forEach(({ moved, bent, scale }, index) => {
    const share = shares[memory.length - 1 - index]! - scale * dot(bent, direction)
    direction = direction.map((value, i) => value + share * moved[i]!)
  })
  return direction
}

function difference(a: Float64Array, b: Float64Array): Float64Array {
  return a.map((value, i) => value - b[i]!)
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!
  return sum
}
