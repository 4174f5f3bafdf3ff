import type { ClassInfo } from '@dinokit/head-kit'

/** The 21 classes of PASCAL VOC 2012, the background first, in the order of its labels. Their colors are VOC's color map. */
export const VOC2012_CLASSES: readonly ClassInfo[] = Object.freeze(
  [
    'background',
    'aeroplane',
    'bicycle',
    'bird',
    'boat',
    'bottle',
    'bus',
    'car',
    'cat',
    'chair',
    'cow',
    'dining table',
    'dog',
    'horse',
    'motorbike',
    'person',
    'potted plant',
    'sheep',
    'sofa',
    'train',
    'tv monitor',
  ].map((name) => ({ name })),
)
