/** Style of an element: CSS properties that satori knows, in camel case. */
export type Style = Readonly<Record<string, string | number>>

/** Width of an element and size of its text, in pixels. */
export interface TextBox {
  readonly width: number
  readonly text: number
}

/** A part of a drawing: a box, a text or an image. */
export interface Element {
  readonly type: 'div' | 'img'
  readonly key: null
  readonly props: { readonly style: Style; readonly children?: readonly (Element | string)[] | string; readonly src?: string }
}

/**
 * A box of other elements (side by side, unless its style says otherwise), or of text.
 *
 * @param style - CSS properties
 * @param children - elements, or one text
 */
export function box(style: Style, ...children: readonly (Element | string)[]): Element {
  return { type: 'div', key: null, props: { style: { display: 'flex', ...style }, children } }
}

/**
 * An image.
 *
 * @param src - a data address
 * @param style - CSS properties; width and height
 */
export function image(src: string, style: Style): Element {
  return { type: 'img', key: null, props: { src, style } }
}
