/** Whether what several processes did to one key at once could have happened one after the other. */

export type Value = number | null;

/** What was asked for when, and what came of it. */
export interface Recorded {
  readonly type: 'get' | 'set' | 'setIfAbsent' | 'del';
  readonly value: Value;
  readonly begun: number;
  /** Infinity: nobody knows whether it happened, and it may still happen. */
  readonly ended: number;
  /** What a get or a del found, and whether a set was accepted. */
  readonly result: Value | boolean | undefined;
  readonly state: 'running' | 'done' | 'lost';
}

/** How far an order has come, and what it has made of the key. */
interface Situation {
  readonly value: Value;
  /** All operations before this one are in the order, */
  readonly low: number;
  /** and these few that come later in the list. */
  readonly ahead: readonly number[];
}

/**
 * After Wing and Gong ("Testing and verifying concurrent objects", 1993), no situation looked at twice. A loop and not a
 * recursion, since a history is as long as real processes have made it.
 */
export function isLinearizable(records: readonly Recorded[]): boolean {
  const done = records.filter(({ state }) => state === 'done').sort((a, b) => a.begun - b.begun);
  const lost = records.filter(({ state }) => state !== 'done');
  const seen = new Set<string>();
  const open: Situation[] = [{ value: null, low: 0, ahead: [] }];
  for (let here = open.pop(); here !== undefined; here = open.pop()) {
    // Those that are lost need not have happened.
    if (here.low >= done.length) return true;
    const name = `${here.value}:${here.low}:${here.ahead}`;
    if (seen.has(name)) continue;
    seen.add(name);
    open.push(...following(here, done, lost));
  }
  return false;
}

/** Where each operation leads that can come next; one that is lost stands in the list behind all that are done. */
function following(
  { value, low, ahead }: Situation,
  done: readonly Recorded[],
  lost: readonly Recorded[],
): Situation[] {
  const situations: Situation[] = [];
  // What ended first comes before all that began later.
  let firstEnd = Number.POSITIVE_INFINITY;
  for (let i = low; i < done.length; i++) {
    const record = done[i] as Recorded;
    if (record.begun > firstEnd) break;
    if (ahead.includes(i)) continue;
    firstEnd = Math.min(firstEnd, record.ended);
    const next = after(record, value);
    if (next === undefined) continue;
    const situation = { value: next, ...withTaken(i, low, ahead) };
    // A read that fits changes nothing: if it leads nowhere now, nothing else does.
    if (record.type === 'get') return [situation];
    situations.push(situation);
  }
  for (const [i, record] of lost.entries()) {
    const next = after(record, value);
    const index = done.length + i;
    if (record.begun > firstEnd || ahead.includes(index) || next === undefined) continue;
    situations.push({ value: next, low, ahead: [...ahead, index].sort((a, b) => a - b) });
  }
  return situations;
}

function withTaken(index: number, low: number, ahead: readonly number[]): Pick<Situation, 'low' | 'ahead'> {
  const taken = new Set([...ahead, index]);
  let first = low;
  while (taken.delete(first)) first++;
  return { low: first, ahead: [...taken].sort((a, b) => a - b) };
}

/** The state after an operation; undefined when its result does not fit. */
function after({ type, value, result, state: known }: Recorded, state: Value): Value | undefined {
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
