export { fillWhileKilled } from './fill-while-killed.ts'
export { freePort, hasPostgres, hasRedis, startPostgres, startRedis } from './servers.ts'
