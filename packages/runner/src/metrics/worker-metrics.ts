import { type Client, type Heartbeat, METRICS, type MetricFamily } from '@troupe/ipc';
import type { Log } from '../log/log.ts';
import type { Stages } from '../worker/stages.ts';
import type { Uncaught } from '../worker/uncaught.ts';
import { counter, gauge, worst } from './family.ts';
import { processCounters, processGauges } from './process-metrics.ts';
import { userCounters, userMetrics } from './user-metrics.ts';

const MS_PER_SECOND = 1_000;
const role = 'worker';

/**
 * What a worker measures for `/metrics`, its application's metrics included. Its counters are told with each heartbeat
 * and at the end, so that the master has them when it has died; the rest when somebody asks.
 */
export class WorkerMetrics {
  readonly #client: Pick<Client, 'emit'>;
  readonly #log: Pick<Log, 'warn'>;
  readonly #stages: Pick<Stages, 'accounting' | 'connections'>;
  readonly #uncaught: Uncaught;
  readonly #collections = { incremental: 0, full: 0, pauseMS: 0 };
  #eventLoop: Pick<Heartbeat['eventLoop'], 'p50' | 'p99'> = { p50: 0, p99: 0 };
  /** Each is told of once. */
  readonly #unreadable = new Set<string>();
  readonly #failed = (name: string, error: unknown) => {
    if (!this.#unreadable.has(name)) this.#log.warn(`the metric ${name} cannot be read`, { err: error });
    this.#unreadable.add(name);
  };

  constructor(
    client: Pick<Client, 'emit'>,
    log: Pick<Log, 'warn'>,
    stages: Pick<Stages, 'accounting' | 'connections'>,
    uncaught: Uncaught,
  ) {
    this.#client = client;
    this.#log = log;
    this.#stages = stages;
    this.#uncaught = uncaught;
  }

  /** A heartbeat measures some things for its cycle alone. */
  beat({ gc, eventLoop }: Heartbeat): void {
    this.#collections.incremental += gc.incremental;
    this.#collections.full += gc.full;
    this.#collections.pauseMS += gc.pauseMS;
    this.#eventLoop = eventLoop;
    void this.tellCounters();
  }

  /** Tells the master where the counters stand. */
  async tellCounters(): Promise<void> {
    try {
      const users = await userCounters(this.#failed);
      this.#tell([...users, ...this.#counters()]);
    } catch (error) {
      this.#log.warn('the metrics of this worker could not be told', { err: error });
    }
  }

  /** Tells everything. */
  async tellAll(): Promise<void> {
    const users = await userMetrics(this.#failed);
    this.#tell([...users, ...this.#counters(), ...this.#gauges()]);
  }

  /** By an event even when it was asked for: so nothing can arrive after what is newer. */
  #tell(families: MetricFamily[]): void {
    this.#client.emit('master', METRICS, [families]);
  }

  #counters(): MetricFamily[] {
    const { accounting, connections } = this.#stages;
    const { incremental, full, pauseMS } = this.#collections;
    return [
      ...(accounting ? [accounting.times.histogram()] : []),
      ...(connections
        ? [counter('troupe_http_connections_total', 'Connections of clients.', [{}, connections.total])]
        : []),
      counter('troupe_uncaught_errors_total', 'Errors that nothing caught.', [{}, this.#uncaught.count]),
      ...processCounters(role),
      counter(
        'troupe_nodejs_gc_collections_total',
        'Garbage collections, estimated from a tenth of the time.',
        [{ role, kind: 'incremental' }, incremental],
        [{ role, kind: 'full' }, full],
      ),
      counter('troupe_nodejs_gc_pause_seconds_total', 'How long garbage collections took, estimated likewise.', [
        { role },
        pauseMS / MS_PER_SECOND,
      ]),
    ];
  }

  #gauges(): MetricFamily[] {
    const { accounting, connections } = this.#stages;
    const late = (percentile: 'p50' | 'p99', words: string) =>
      worst(
        `troupe_nodejs_eventloop_delay_${percentile}_seconds`,
        `How late timers fired in the last heartbeat's cycle: ${words}, of the slowest worker.`,
        [{ role }, this.#eventLoop[percentile] / MS_PER_SECOND],
      );
    return [
      ...(accounting
        ? [gauge('troupe_http_requests_in_flight', 'Requests without a response yet.', [{}, accounting.inFlight.size])]
        : []),
      ...(connections
        ? [gauge('troupe_http_open_connections', 'Open connections of clients.', [{}, connections.sockets.size])]
        : []),
      ...processGauges(role),
      late('p50', 'the median'),
      late('p99', 'the 99th percentile'),
    ];
  }
}
