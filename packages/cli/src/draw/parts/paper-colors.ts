/** Background color. */
export const PAPER = '#ffffff'

/** Texts. */
export const INK = '#1c1e21'

/** Texts that matter less. */
export const FAINT = '#6b7078'

/** Outlines, and bars that are not filled. */
export const LINE = '#d5d8dd'
