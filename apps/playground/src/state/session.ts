import { createEngine, type Engine } from '../engine/engine.ts'
import { drawChosenLayer } from './draw.ts'
import { addImages, removeImage, takeFiles } from './files.ts'
import { embedCurrent } from './heads/embed-current.ts'
import { embedOthers } from './heads/embed-others.ts'
import { openChosenHeads } from './heads/open-heads.ts'
import { keepLink, restoreImage, restoreView } from './link.ts'
import { learnGoodImages } from './anomalies/learn-good.ts'
import { takeDrawnParts, takeWantedParts } from './anomalies/take-drawn.ts'
import { openModel } from './open-model.ts'
import { playCamera } from './play.ts'
import { learn, forgetWithModel } from './heads/teach.ts'
import { loadSamples } from './samples.ts'
import type { OpenRequest } from '../engine/protocol.ts'
import { request } from './store.ts'

/** Actions that components ask for. */
export interface Session {
  takeFiles(files: readonly File[]): void
  removeImage(id: string): void
  playCamera(): void
  open(request: OpenRequest): void
  /** Learns the classes that the user named. */
  learn(): void
}

/** Starts the engine, opens the built-in model and shows the samples. */
export function startSession(): Session {
  const engine: Engine = createEngine()
  embedCurrent(engine)
  embedOthers(engine)
  openChosenHeads(engine)
  drawChosenLayer(engine)
  forgetWithModel()
  learnGoodImages(engine)
  takeWantedParts()
  const linked = restoreView()
  void openModel(engine, request.value)
  void loadSamples().then(async (samples) => {
    addImages(samples)
    if (linked.parts) await takeDrawnParts()
    restoreImage(linked.image)
    keepLink()
  })
  return {
    takeFiles: (files) => takeFiles(engine, files),
    removeImage: (id) => removeImage(engine, id),
    playCamera: () => void playCamera(engine),
    open: (wanted) => void openModel(engine, wanted),
    learn: () => void learn(engine),
  }
}
