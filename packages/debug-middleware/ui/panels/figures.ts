import type { ClusterView, HostView } from '../../src/view.ts';
import { h, setText } from '../dom.ts';
import { bytes, duration, milliseconds, number, times } from '../format.ts';
import { type State, serverTime } from '../store.ts';

/** A number, and what belongs to it in small print. */
type Figure = [value: string, note: string];

const NOTHING: Figure = ['–', ''];

const CLUSTER: Record<string, (view: ClusterView, now: number) => Figure> = {
  'Requests / s': ({ workers }) => {
    const beats = workers.flatMap(({ beat }) => beat ?? []);
    return [number(sumOf(beats, ({ tps }) => tps)), 'of all workers'];
  },
  'Latency, p95': ({ latency }) =>
    latency === null
      ? ['–', 'no requests']
      : [milliseconds(latency.p95), `p50 / p99: ${times(latency.p50, latency.p99)}`],
  'Errors / s': ({ workers }) => {
    const beats = workers.flatMap(({ beat }) => beat ?? []);
    const rate = sumOf(beats, ({ error, cycle }) => (cycle === 0 ? 0 : (error.count * 1_000) / cycle));
    return [number(rate), '5xx and uncaught'];
  },
  Workers: ({ traffic }) => (traffic === null ? NOTHING : [`${traffic.ready} / ${traffic.wanted}`, 'ready of wanted']),
  Traffic: ({ traffic, at }) =>
    traffic === null ? NOTHING : [traffic.up ? 'Up' : 'Down', `for ${duration(at - traffic.since)}`],
  Generation: ({ cluster }) => {
    if (cluster === null) return NOTHING;
    const { reload } = cluster;
    if (!reload) return [String(cluster.generation), 'of the workers'];
    return [`${cluster.generation} → ${reload.generation}`, `${reload.stage}, ${reload.ready} of ${reload.total}`];
  },
  Uptime: ({ cluster }, now) => (cluster === null ? NOTHING : [duration(now - cluster.since), `Node ${cluster.node}`]),
};

const HOST: Record<string, (host: HostView) => Figure> = {
  'Host CPU': ({ cpu, cores }) => [`${Math.round(cpu)} %`, `of ${cores} cores`],
  Load: ({ load }) => [number(load[0] ?? 0), `${number(load[1] ?? 0)} in 5 min, ${number(load[2] ?? 0)} in 15 min`],
  'Host memory': ({ memory }) => [bytes(memory.used), `of ${bytes(memory.total)}`],
  Disk: ({ disk }) => (disk === null ? NOTHING : [bytes(disk.used), `of ${bytes(disk.total)}`]),
  Network: ({ network }) =>
    network === null ? NOTHING : [`${bytes(network.received)}/s`, `in; ${bytes(network.sent)}/s out`],
};

/** The numbers that say how much is going on. */
export class Figures {
  readonly #tiles = new Map<string, { value: Node; note: Node }>();

  constructor(root: HTMLElement) {
    root.append(this.#list('Cluster', Object.keys(CLUSTER)), this.#list('Host', Object.keys(HOST)));
  }

  update(state: State): void {
    const { cluster, host } = state;
    const now = serverTime(state, Date.now());
    for (const [name, read] of Object.entries(CLUSTER)) this.#show(name, cluster ? read(cluster, now) : NOTHING);
    for (const [name, read] of Object.entries(HOST)) this.#show(name, host ? read(host) : NOTHING);
  }

  #list(label: string, names: readonly string[]): HTMLElement {
    const tiles = names.map(name => {
      const value = h('dd', { class: 'figure-value' }, '–');
      const note = h('dd', { class: 'figure-note' });
      this.#tiles.set(name, { value, note });
      return h('div', { class: 'figure' }, h('dt', {}, name), value, note);
    });
    return h('dl', { class: 'figures', 'aria-label': label }, ...tiles);
  }

  #show(name: string, [value, note]: Figure): void {
    const tile = this.#tiles.get(name);
    if (!tile) return;
    setText(tile.value, value);
    setText(tile.note, note);
  }
}

function sumOf<T>(list: readonly T[], value: (each: T) => number): number {
  return list.reduce((sum, each) => sum + value(each), 0);
}
