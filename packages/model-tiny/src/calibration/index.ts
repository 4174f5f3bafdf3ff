import { address } from '../address.ts'

/** Calibration, by which the embedded weights are brought to 8 bits: a safetensors file. */
export const TINY_CALIBRATION: URL = address(() => new URL('../../assets/int8.safetensors', import.meta.url))

/** Images, JPEG, by which other models are calibrated: a person, a cat, a cup and a rocket. */
export const TINY_SAMPLES: readonly URL[] = Object.freeze([
  address(() => new URL('../../assets/astronaut.jpg', import.meta.url)),
  address(() => new URL('../../assets/chelsea.jpg', import.meta.url)),
  address(() => new URL('../../assets/coffee.jpg', import.meta.url)),
  address(() => new URL('../../assets/rocket.jpg', import.meta.url)),
])
