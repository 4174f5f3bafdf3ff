/**
 * e^x by additions, multiplications and divisions alone, which every engine rounds alike; the last bits of Math.exp differ
 * between engines. Right to 12 digits for x in [-20, 20].
 */
export function portableExp(x: number): number {
  let part = x
  let halvings = 0
  for (; Math.abs(part) > 0.125; halvings++) part /= 2
  let [term, sum] = [1, 1]
  for (let n = 1; n <= 12; n++) {
    term *= part / n
    sum += term
  }
  for (; halvings > 0; halvings--) sum *= sum
  return sum
}

/** The natural logarithm of a positive number, likewise. */
export function portableLog(x: number): number {
  let part = x
  let doublings = 0
  for (; part > 1.5; doublings++) part /= 2
  for (; part < 0.75; doublings--) part *= 2
  const t = (part - 1) / (part + 1)
  let [power, sum] = [t, 0]
  for (let n = 1; n <= 25; n += 2) {
    sum += power / n
    power *= t * t
  }
  return 2 * sum + doublings * Math.LN2
}
