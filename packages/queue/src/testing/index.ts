export { compareStores, fillByMany, fillByOne, type FilledByMany, type StoreDifference } from './fill-by-many.ts'
export { fillWhileKilled, MODEL, PHOTO } from './fill-while-killed.ts'
export { cropImages } from './images.ts'
export { freePort, hasPostgres, hasRedis, startPostgres, startRedis, type QueueServer } from './servers.ts'
