import { isLinearizable, type Recorded, type Value } from './linearizability.ts';

/** An operation, as long as it runs and afterwards. */
type Entry = { -readonly [P in keyof Recorded]: Recorded[P] } & { readonly owner: object; readonly key: string };

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
  type?: Recorded['type'];
  value?: number;
  begun?: number;
  ended?: number;
  result?: Value | boolean;
}

/** What was called when, and what came of it; and whether all of it could have happened one after the other. */
export class History {
  readonly #records = new Set<Entry>();
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

  begin(owner: object, key: string, type: Recorded['type'], value: Value = null): Operation {
    const record: Entry = {
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
    const byKey = new Map<string, Entry[]>();
    for (const record of this.#records) byKey.set(record.key, [...(byKey.get(record.key) ?? []), record]);
    for (const [key, records] of byKey) if (!isLinearizable(records)) return describe(key, records);
    return undefined;
  }
}

function describe(key: string, records: readonly Recorded[]): string {
  const lines = records.map(
    ({ type, value, begun, ended, result, state }) =>
      `  ${begun}–${ended} ${type} ${value ?? ''} → ${state === 'done' ? result : state}`,
  );
  return [`no order explains what happened to '${key}':`, ...lines].join('\n');
}
