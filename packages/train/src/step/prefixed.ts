/** Prefix of a student’s parameters in the state of a distillation. */
export const STUDENT_PREFIX = 'student.'
/** Prefix of the backbone’s parameters in the state of a training without labels. */
export const BACKBONE_PREFIX = 'backbone.'
/** Prefix of the head’s parameters there. */
export const HEAD_PREFIX = 'head.'

/**
 * The same under longer names: networks share one training's parameters by a prefix each.
 *
 * @param prefix - such as `backbone.`
 * @param of - by name
 */
export function withPrefix<T>(prefix: string, of: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(of).map(([name, value]) => [prefix + name, value]))
}

/**
 * Those whose names start with a prefix, by what follows it.
 *
 * @param prefix - such as `backbone.`
 * @param of - by name
 */
export function withoutPrefix<T>(prefix: string, of: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(
    Object.entries(of).flatMap(([name, value]) => (name.startsWith(prefix) ? [[name.slice(prefix.length), value]] : [])),
  )
}
