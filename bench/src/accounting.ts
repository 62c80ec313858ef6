/**
 * What it costs to know which requests are in flight and how long they took, in the ways that were thought of: responses
 * that are made and closed in this process, in turns. Over a socket a request costs a hundred times as much, and its
 * scatter hides all of this.
 */
import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { keep } from './results.ts';
import { median } from './subject.ts';

const ROUNDS = Number(process.env.ROUNDS ?? 15);
const RESPONSES = Number(process.env.RESPONSES ?? 200_000);
const NS_PER_MS = 1e6;

interface Entry {
  item: ServerResponse | undefined;
  began: number;
  previous: Entry;
  next: Entry;
}
const ENTRY = Symbol('entry');
const BEGAN = Symbol('began');
type Marked = ServerResponse & { [ENTRY]?: Entry; [BEGAN]?: number };
/** What sees each response before the application does. */
type Account = (response: Marked) => void;

const totals = { durations: 0 };

const variants: Record<string, () => Account> = {
  none: () => () => undefined,
  /** What packages/runner/src/worker/in-flight.ts does. */
  ring: () => {
    const ends = { began: 0 } as Entry;
    ends.previous = ends;
    ends.next = ends;
    const end = function (this: Marked) {
      const entry = this[ENTRY];
      if (!entry) return;
      entry.previous.next = entry.next;
      entry.next.previous = entry.previous;
      totals.durations += performance.now() - entry.began;
    };
    return response => {
      const { previous } = ends;
      const entry: Entry = { item: response, began: performance.now(), previous, next: ends };
      previous.next = entry;
      ends.previous = entry;
      response[ENTRY] = entry;
      response.on('close', end);
    };
  },
  map: () => {
    const inFlight = new Map<ServerResponse, number>();
    const end = function (this: ServerResponse) {
      totals.durations += performance.now() - (inFlight.get(this) ?? 0);
      inFlight.delete(this);
    };
    return response => {
      inFlight.set(response, performance.now());
      response.on('close', end);
    };
  },
  set: () => {
    const inFlight = new Set<ServerResponse>();
    const end = function (this: Marked) {
      totals.durations += performance.now() - (this[BEGAN] ?? 0);
      inFlight.delete(this);
    };
    return response => {
      response[BEGAN] = performance.now();
      inFlight.add(response);
      response.on('close', end);
    };
  },
  /** Does not know what is in flight. */
  closure: () => response => {
    const began = performance.now();
    response.once('close', () => {
      totals.durations += performance.now() - began;
    });
  },
  /** Does not know what is in flight. */
  property: () => {
    const end = function (this: Marked) {
      totals.durations += performance.now() - (this[BEGAN] ?? 0);
    };
    return response => {
      response[BEGAN] = performance.now();
      response.on('close', end);
    };
  },
};

const incoming = new IncomingMessage(new Socket());

/** ns per response. */
function measure(account: Account): number {
  const began = performance.now();
  for (let count = 0; count < RESPONSES; count++) {
    const response = new ServerResponse(incoming);
    account(response);
    response.emit('finish');
    response.emit('close');
  }
  return ((performance.now() - began) * NS_PER_MS) / RESPONSES;
}

const accounts = Object.entries(variants).map(([name, create]) => [name, create()] as const);
const times: Record<string, number[]> = {};
for (let round = -3; round < ROUNDS; round++) {
  for (const [name, account] of accounts) {
    const time = measure(account);
    if (round >= 0) {
      times[name] ??= [];
      times[name].push(time);
    }
  }
}
const nothing = median(times.none ?? []);
const nanoseconds = accounts
  .filter(([name]) => name !== 'none')
  .map(([name]) => [name, Math.round(median(times[name] ?? []) - nothing)]);
keep('accounting', {
  rounds: ROUNDS,
  responsesPerRound: RESPONSES,
  nanosecondsPerResponse: Object.fromEntries(nanoseconds),
});
