#!/usr/bin/env bash
# Software: bullmq 6.7.0 on PostgreSQL 15 (pg 8.23.1) and on Redis 7 (ioredis 5.11.1), servers of Debian's packages, Node 20.20.2
# Expected: a job that fails is tried again after what its `backoffStrategy` gives, in milliseconds, of which 100 * 1.1 ** attempts is one;
#   a strategy that works on Redis works on PostgreSQL.
# Does: PostgreSQL's column takes whole numbers, and a fraction is refused where the failure is reported, which nothing tries again. The job stands
#   as active until its lock runs out, and is done again then, twice at most: of five attempts two are made, and what is left is a job that
#   "stalled", without its own error. So it is with a fraction in `backoff.delay`; BullMQ's own `jitter` rounds. `delay` and
#   `timestamp` of a job with fractions are refused at once. dinokit gives whole numbers.
# Seen 2026-11:
#   > Redis: 5 attempts, failed: the image is not there
#   > PostgreSQL: 2 attempts, failed: job stalled more than allowable limit
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
const { setTimeout: sleep } = require('node:timers/promises')

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
    let attempts = 0
    const work = async () => {
      attempts++
      throw new Error('the image is not there')
    }
    const settings = { backoffStrategy: (made) => 100 * 1.1 ** made }
    const worker = new Worker('jobs', work, { connection, lockDuration: 4000, stalledInterval: 2000, settings }).on('error', () => {})
    const { id } = await queue.add('job', {}, { attempts: 5, backoff: { type: 'custom' } })
    let job
    while (!job?.finishedOn) {
      await sleep(200)
      job = await queue.getJob(id)
    }
    console.log(`${engine}: ${attempts} attempts, ${await job.getState()}: ${job.failedReason}`)
    await Promise.race([worker.close(), sleep(2000)])
  }
}
main().then(() => process.exit())
JS
bash server.sh make PostgreSQL
for engine in Redis PostgreSQL; do bash server.sh start $engine; done
node work.cjs | tee seen

diff <(sed -n 's/^#   > //p' "$self") seen && echo "as before"
