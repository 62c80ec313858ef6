/** What was called when, and what came of it; and whether all of it could have happened one after the other. */

type Value = number | null;

interface Record {
  readonly owner: object;
  readonly key: string;
  readonly type: 'get' | 'set' | 'setIfAbsent' | 'del';
  readonly value: Value;
  readonly begun: number;
  /** Infinity: nobody knows whether it happened, and it may still happen. */
  ended: number;
  /** What a get or a del found, and whether a set was accepted. */
  result: Value | boolean | undefined;
  state: 'running' | 'done' | 'lost';
}

/** An operation that is under way. */
export interface Operation {
  end(result: Value | boolean): void;
  /** Nobody will know whether it happened. */
  lose(): void;
  /** It failed, and cannot have changed anything. */
  forget(): void;
}

/** What a process has written down: what it began under `id`, or what came of it. */
export interface Note {
  id: string;
  key?: string;
  type?: Record['type'];
  value?: number;
  begun?: number;
  ended?: number;
  result?: Value | boolean;
}

export class History {
  readonly #records = new Set<Record>();
  #time = 0;

  /** Of notes that real processes have made, by a clock that they have in common. */
  static of(notes: readonly Note[]): History {
    const history = new History();
    const ends = new Map(notes.filter(({ ended }) => ended !== undefined).map(note => [note.id, note]));
    for (const { id, key, type, value = null, begun } of notes) {
      if (key === undefined || type === undefined || begun === undefined) continue;
      const { ended = Number.POSITIVE_INFINITY, result } = ends.get(id) ?? {};
      const state = ends.has(id) ? 'done' : 'lost';
      // What a read would have found nobody knows.
      if (state === 'done' || type !== 'get')
        history.#records.add({ owner: history, key, type, value, begun, ended, result, state });
    }
    return history;
  }

  /** Time passes: what ended before cannot come after what begins now. */
  tick(): void {
    this.#time++;
  }

  get isOver(): boolean {
    return this.unfinished === '';
  }

  get unfinished(): string {
    return [...this.#records]
      .filter(({ state }) => state === 'running')
      .map(({ type, key }) => `${type} ${key}`)
      .join(', ');
  }

  begin(owner: object, key: string, type: Record['type'], value: Value = null): Operation {
    const record: Record = {
      owner,
      key,
      type,
      value,
      begun: this.#time,
      ended: Number.POSITIVE_INFINITY,
      result: undefined,
      state: 'running',
    };
    this.#records.add(record);
    return {
      end: result => {
        if (record.state !== 'running') return;
        Object.assign(record, { result, state: 'done', ended: this.#time });
      },
      lose: () => {
        record.state = 'lost';
      },
      forget: () => this.#records.delete(record),
    };
  }

  /** Its process was killed: what it asked for may happen, and what it read nobody has seen. */
  abandon(owner: object): void {
    for (const record of [...this.#records]) {
      if (record.owner !== owner || record.state !== 'running') continue;
      if (record.type === 'get') this.#records.delete(record);
      else record.state = 'lost';
    }
  }

  /** A key whose operations have no order that explains their results; undefined when there is none. */
  contradiction(): string | undefined {
    const byKey = new Map<string, Record[]>();
    for (const record of this.#records) byKey.set(record.key, [...(byKey.get(record.key) ?? []), record]);
    for (const [key, records] of byKey) if (!isLinearizable(records)) return describe(key, records);
    return undefined;
  }
}

/** After Wing and Gong, with the states remembered that led nowhere. */
function isLinearizable(records: readonly Record[]): boolean {
  const sorted = [...records].sort((a, b) => a.begun - b.begun);
  const taken = new Array<boolean>(sorted.length).fill(false);
  const hopeless = new Set<string>();

  const search = (state: Value): boolean => {
    // What ended first must come before all that began later.
    let firstEnd = Number.POSITIVE_INFINITY;
    let isDone = true;
    for (const [i, record] of sorted.entries()) {
      if (taken[i] || record.state !== 'done') continue;
      isDone = false;
      firstEnd = Math.min(firstEnd, record.ended);
    }
    if (isDone) return true;
    const seen = `${state}:${taken.map(Number).join('')}`;
    if (hopeless.has(seen)) return false;
    for (const [i, record] of sorted.entries()) {
      if (taken[i]) continue;
      if (record.begun > firstEnd) break;
      const next = after(record, state);
      if (next === undefined) continue;
      taken[i] = true;
      if (search(next)) return true;
      taken[i] = false;
      // A read that fits changes nothing: if it leads nowhere now, nothing else does.
      if (record.type === 'get') break;
    }
    hopeless.add(seen);
    return false;
  };
  return search(null);
}

/** The state after an operation; undefined when its result does not fit. */
function after({ type, value, result, state: known }: Record, state: Value): Value | undefined {
  const isKnown = known === 'done';
  switch (type) {
    case 'get':
      return result === state ? state : undefined;
    case 'set':
      return value;
    case 'setIfAbsent':
      if (isKnown && result !== (state === null)) return undefined;
      return state === null ? value : state;
    case 'del':
      return isKnown && result !== state ? undefined : null;
  }
}

function describe(key: string, records: readonly Record[]): string {
  const lines = records.map(
    ({ type, value, begun, ended, result, state }) =>
      `  ${begun}–${ended} ${type} ${value ?? ''} → ${state === 'done' ? result : state}`,
  );
  return [`no order explains what happened to '${key}':`, ...lines].join('\n');
}
