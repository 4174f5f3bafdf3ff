import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'

/** Numbers of a server, for Prometheus. */
export interface Metrics {
  /** Counts an answer. */
  answered(route: string, status: number, seconds: number): void
  /** Counts a run of the model. */
  ran(images: number): void
  /** Writes all of them in the text format of Prometheus. */
  text(): Promise<string>
  /** Type of that text. */
  readonly contentType: string
}

/** Numbers that are asked for when they are written. */
export interface MetricSources {
  readonly waiting: () => number
  readonly underWay: () => number
  readonly heldBytes: () => number
}

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]

/**
 * Makes the metrics of one server, in a registry of its own.
 *
 * @param sources - numbers that others keep
 */
export function createMetrics({ waiting, underWay, heldBytes }: MetricSources): Metrics {
  const register = new Registry()
  const registers = [register]
  collectDefaultMetrics({ register })
  const requests = new Counter({
    name: 'dinokit_requests_total',
    help: 'Requests that were answered, by route and status.',
    labelNames: ['route', 'status'],
    registers,
  })
  const seconds = new Histogram({
    name: 'dinokit_request_seconds',
    help: 'Time from the first byte of a request to its answer, by route.',
    labelNames: ['route'],
    buckets: SECONDS,
    registers,
  })
  const batches = new Histogram({
    name: 'dinokit_batch_images',
    help: 'Images of a run of the model.',
    buckets: [1, 2, 4, 8, 16, 32, 64],
    registers,
  })
  const gauge = (name: string, help: string, read: () => number): Gauge =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read())
      },
    })
  gauge('dinokit_waiting_images', 'Images that wait for the model.', waiting)
  gauge('dinokit_requests_under_way', 'Requests that are not answered yet.', underWay)
  gauge('dinokit_held_bytes', 'Bytes of bodies that are held.', heldBytes)
  return {
    answered(route, status, took) {
      requests.inc({ route, status })
      seconds.observe({ route }, took)
    },
    ran: (images) => batches.observe(images),
    text: () => register.metrics(),
    contentType: register.contentType,
  }
}
