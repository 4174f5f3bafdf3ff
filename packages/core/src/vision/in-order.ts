/** Hands out items by their index, from 0, however they come. */
export function inOrder<Item extends { readonly index: number }>(): (items: readonly Item[]) => Item[] {
  const held = new Map<number, Item>()
  let next = 0
  return (items) => {
    for (const item of items) held.set(item.index, item)
    const due: Item[] = []
    for (let item = held.get(next); item; item = held.get(next)) {
      held.delete(next++)
      due.push(item)
    }
    return due
  }
}
