import { type CallFrame, type CpuProfile, IDLE, type ProfileNode, ROOT, timesOf } from './cpu-profile.ts';

/** A time in which the event loop was not seen to turn, µs by the clock of the profile. */
export interface Silence {
  from: number;
  to: number;
  /** It had not turned again when the trace ended. */
  lasts?: boolean;
  /** Where the program was when it was asked, innermost first: the profile does not know. */
  stacks?: CallFrame[][];
}

/** A time in which the event loop was held. */
export interface Stall {
  /** µs by the clock of the profile. */
  from: number;
  to: number;
  lasts: boolean;
  /** Which samples fall into it: from the first to before the last. */
  samples: [first: number, end: number];
  /** The function that held it. Absent when the whole process stood still. */
  by?: CallFrame;
  /** Where most of the time went, innermost first. */
  stack: CallFrame[];
  /** The share of the time that was spent in this stack, 0 to 1. */
  share: number;
}

/** A function that has this share of a stall is what held the loop, whatever it called. */
const MOST_OF_IT = 0.5;

/**
 * What held the event loop while it was silent. A silence in which the loop waited is none of the program's doing: the
 * process did not get a processor; what is idle at its beginning is cut off.
 * @param threshold µs; what is shorter is left out
 */
export function findStalls(profile: CpuProfile, silences: readonly Silence[], threshold: number): Stall[] {
  const nodes = new Map(profile.nodes.map(node => [node.id, node]));
  const isIdle = (sample: number | undefined) => nodes.get(sample ?? 0)?.callFrame.functionName === IDLE;
  const times = timesOf(profile);
  let end = 0;
  return silences.flatMap(({ from, to, lasts = false, stacks }) => {
    while (end < times.length && (times[end] ?? 0) < from) end += 1;
    let first = end;
    let held = from;
    for (; end < times.length && (times[end] ?? 0) <= to; end += 1) {
      if (!isIdle(profile.samples[end])) continue;
      first = end + 1;
      held = times[end] ?? from;
    }
    if (to - held < threshold) return [];
    const blamed = stacks ? blameStacks(stacks) : blame(profile, nodes, first, end);
    return [{ from: held, to, lasts, samples: [first, end] as [number, number], ...blamed }];
  });
}

type Blame = Pick<Stall, 'by' | 'stack' | 'share'>;

/** The way from the outermost function on that most stacks go; what only a few have comes and goes. */
function blameStacks(stacks: readonly CallFrame[][]): Blame {
  const path: CallFrame[] = [];
  let along = stacks.map(stack => stack.toReversed());
  for (;;) {
    const next = along.flatMap(stack => stack[path.length] ?? []);
    const count = (frame: CallFrame) => next.filter(other => isSame(other, frame)).length;
    const [first] = next.toSorted((a, b) => count(b) - count(a));
    if (!first || count(first) < MOST_OF_IT * stacks.length) break;
    along = along.filter(stack => isSame(stack[path.length], first));
    path.push(first);
  }
  const by = path.findLast(isOwn) ?? path.at(-1);
  return { ...(by && { by }), stack: path.reverse(), share: along.length / stacks.length };
}

const isSame = (a: CallFrame | undefined, b: CallFrame) =>
  a?.functionName === b.functionName && a.scriptId === b.scriptId;

function blame(profile: CpuProfile, nodes: ReadonlyMap<number, ProfileNode>, first: number, end: number): Blame {
  const self = new Map<number, number>();
  for (const id of profile.samples.slice(first, end)) self.set(id, (self.get(id) ?? 0) + 1);
  const total = end - first;
  const weigh = inclusive(nodes, self);
  const path = heaviest(nodes, weigh);
  const holders = path.filter(({ id }) => weigh(id) >= MOST_OF_IT * total).map(({ callFrame }) => callFrame);
  const by = holders.findLast(isOwn) ?? holders.findLast(({ url }) => url !== '') ?? path.at(-1)?.callFrame;
  const leaf = path.at(-1);
  return {
    ...(by && { by }),
    stack: path.map(({ callFrame }) => callFrame).reverse(),
    share: leaf && total > 0 ? weigh(leaf.id) / total : 0,
  };
}

/** The application's code, rather than Node's or a package's. */
const isOwn = ({ url }: CallFrame) => url !== '' && !url.startsWith('node:') && !url.includes('/node_modules/');

/** How many samples are in a node, or in what it called. */
function inclusive(nodes: ReadonlyMap<number, ProfileNode>, self: ReadonlyMap<number, number>): (id: number) => number {
  const parents = new Map<number, number>();
  for (const { id, children = [] } of nodes.values()) for (const child of children) parents.set(child, id);
  const weights = new Map<number, number>();
  for (const [id, count] of self) {
    for (let at: number | undefined = id; at !== undefined; at = parents.get(at))
      weights.set(at, (weights.get(at) ?? 0) + count);
  }
  return id => weights.get(id) ?? 0;
}

/** From what the event loop called down to where most of the time went, the heaviest call each time. */
function heaviest(nodes: ReadonlyMap<number, ProfileNode>, weigh: (id: number) => number): ProfileNode[] {
  const path: ProfileNode[] = [];
  let at = [...nodes.values()].find(({ callFrame }) => callFrame.functionName === ROOT);
  while (at) {
    const below: ProfileNode[] = (at.children ?? []).flatMap(id => nodes.get(id) ?? []);
    const own = weigh(at.id) - below.reduce((sum, { id }) => sum + weigh(id), 0);
    const next = below.reduce<ProfileNode | undefined>(
      (best, node) => (weigh(node.id) > (best ? weigh(best.id) : 0) ? node : best),
      undefined,
    );
    // Where it works itself, it is not what it calls that takes the time.
    if (!next || own > weigh(next.id)) break;
    path.push(next);
    at = next;
  }
  return path;
}
