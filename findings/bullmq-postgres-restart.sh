#!/usr/bin/env bash
# Software: bullmq 6.7.0 on PostgreSQL 15 (pg 8.23.1) and on Redis 7 (ioredis 5.11.1), servers of Debian's packages, Node 20.20.2
# Expected: BullMQ's engine on PostgreSQL does what the one on Redis does; a job that is done while its server restarts is reported once
#   the server is back.
# Does: on Redis the report waits for the server. On PostgreSQL it fails, is not tried again, and the finished job stands as active until its lock
#   runs out: then all of its work is done once more, also with `attempts: 1`, and a second restart fails it as stalled. No
#   event `failed` tells of the lost report, only `error`. Work has to bear being done twice; dinokit's does (decisions/0093).
# Seen 2026-11:
#   > Redis: work done once, completed
#   > PostgreSQL: work done twice, completed
set -euo pipefail
self=$(realpath "$0")
folder=$(mktemp -d)
cd "$folder"

# Servers listen to sockets in the folder. PostgreSQL does not run as root: there, as the user that Debian makes for it.
cat > server.sh <<'SH'
as() { if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi; }
bin=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -1)
case "$1 $2" in
  'make PostgreSQL') as "$bin/initdb" -D data/postgres -U queue -A trust --no-sync ;;
  'start PostgreSQL') as "$bin/pg_ctl" -D data/postgres -w -l data/log -o "-k $PWD/data -c listen_addresses=" start ;;
  'stop PostgreSQL') as "$bin/pg_ctl" -D data/postgres -w -m fast stop ;;
  'start Redis') redis-server --port 0 --unixsocket "$PWD/data/redis" --dir "$PWD" --save '' --appendonly yes --daemonize yes --pidfile "$PWD/pid" ;;
  'stop Redis') redis-cli -s data/redis shutdown ;;
esac > /dev/null 2>&1
SH
trap 'for engine in Redis PostgreSQL; do bash server.sh stop $engine || true; done; rm -rf "$folder"' EXIT
mkdir data
chmod 711 .
chmod 777 data
npm install --silent --no-audit --no-fund --ignore-scripts bullmq@6.7.0 pg@8.23.1 ioredis@5.11.1
cat > work.cjs <<'JS'
const { createPostgresBackend, Queue, withBackend, Worker } = require('bullmq')
const { execFileSync } = require('node:child_process')
const { setTimeout: sleep } = require('node:timers/promises')

const server = (what, engine) => execFileSync('bash', ['server.sh', what, engine])
const ENGINES = {
  Redis: { Queue, Worker, connection: { path: `${process.cwd()}/data/redis`, maxRetriesPerRequest: null } },
  PostgreSQL: {
    ...withBackend(createPostgresBackend),
    connection: { host: `${process.cwd()}/data`, user: 'queue', database: 'postgres', migrate: true },
  },
}
async function main() {
  for (const [engine, { Queue, Worker, connection }] of Object.entries(ENGINES)) {
    const queue = new Queue('jobs', { connection }).on('error', () => {})
    await queue.waitUntilReady()
    let times = 0
    const work = async () => {
      if (++times > 1) return
      server('stop', engine)
      // The work is done while the server is down.
      setTimeout(() => server('start', engine), 2000)
    }
    const worker = new Worker('jobs', work, { connection, lockDuration: 6000, stalledInterval: 3000 }).on('error', () => {})
    const { id } = await queue.add('job', {}, { attempts: 1 })
    let state
    while (state !== 'completed' && state !== 'failed') {
      await sleep(200)
      state = await queue.getJob(id).then((job) => job.getState()).catch(() => 'unknown')
    }
    console.log(`${engine}: work done ${times === 1 ? 'once' : times === 2 ? 'twice' : `${times} times`}, ${state}`)
    await Promise.race([worker.close(), sleep(2000)])
  }
}
main().then(() => process.exit())
JS
bash server.sh make PostgreSQL
for engine in Redis PostgreSQL; do bash server.sh start $engine; done
node work.cjs | tee seen

diff <(sed -n 's/^#   > //p' "$self") seen && echo "as before"
