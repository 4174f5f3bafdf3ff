import type { DenseTask, HeadChoice, HeadRequest } from '../../engine/protocol.ts'
import { heads, openingHead } from '../store.ts'

let lastFile = 0

/** Asks for one of the heads that the model can have. */
export function chooseHead(task: DenseTask, choice: HeadChoice): void {
  openingHead.value = { request: requestOf(task, choice) }
}

/** Request for a head that the model can have. */
export function requestOf(task: DenseTask, { name, title, trainedOn }: HeadChoice): HeadRequest {
  return { id: `${task} ${name}`, task, title, weights: name, ...(trainedOn !== undefined && { trainedOn }) }
}

/** Asks for the head of a file. */
export function chooseHeadFile(task: DenseTask, file: File): void {
  openingHead.value = { request: { id: `${task} file ${++lastFile}`, task, title: file.name, weights: file } }
}

/** The head in use, if any. */
export function headOf<Task extends DenseTask>(task: Task): (HeadRequest & { readonly task: Task }) | undefined {
  return heads.value[task] as (HeadRequest & { readonly task: Task }) | undefined
}
