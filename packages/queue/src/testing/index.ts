export { fillWhileKilled, MODEL, PHOTO } from './fill-while-killed.ts'
export { cropImages } from './images.ts'
export { freePort, hasPostgres, hasRedis, startPostgres, startRedis } from './servers.ts'
