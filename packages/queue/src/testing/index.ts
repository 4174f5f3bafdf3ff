export { compareStores, fillByMany, fillByOne, type FilledByMany } from './fill-by-many.ts'
export { cropImages } from './images.ts'
export { freePort, hasPostgres, hasRedis, startPostgres, startRedis, type QueueServer } from './servers.ts'
