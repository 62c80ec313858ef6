import { type CpuProfile, IDLE, type ProfileNode, ROOT } from './cpu-profile.ts';
import type { Stall } from './find-stalls.ts';

/**
 * The same profile with nothing in it but the stalls, each at its time: between them it is idle. Chrome's DevTools opens
 * it as any other.
 */
export function cutToStalls(profile: CpuProfile, stalls: readonly Stall[]): CpuProfile {
  const { nodes, idle } = withIdle(profile.nodes);
  const samples: number[] = [];
  const timeDeltas: number[] = [];
  let index = 0;
  // Since the last sample that was taken over: DevTools shows each until the next one.
  let skipped = 0;
  const take = (id: number) => {
    samples.push(id);
    timeDeltas.push(skipped + (profile.timeDeltas[index] ?? 0));
    skipped = 0;
    index++;
  };
  const rest = (end: number) => {
    if (index < end) take(idle);
    for (; index < end; index++) skipped += profile.timeDeltas[index] ?? 0;
  };
  for (const {
    samples: [first, end],
  } of stalls) {
    rest(first);
    while (index < end) take(profile.samples[index] ?? idle);
  }
  rest(profile.samples.length);
  const { startTime, endTime } = profile;
  return { nodes: pruned(nodes, samples), startTime, endTime, samples, timeDeltas };
}

function withIdle(nodes: readonly ProfileNode[]): { nodes: ProfileNode[]; idle: number } {
  const known = nodes.find(({ callFrame }) => callFrame.functionName === IDLE);
  if (known) return { nodes: [...nodes], idle: known.id };
  const idle = 1 + Math.max(0, ...nodes.map(({ id }) => id));
  const callFrame = { functionName: IDLE, scriptId: '0', url: '', lineNumber: -1, columnNumber: -1 };
  const adopted = nodes.map(node =>
    node.callFrame.functionName === ROOT ? { ...node, children: [...(node.children ?? []), idle] } : node,
  );
  return { nodes: [...adopted, { id: idle, callFrame }], idle };
}

/** Without what no sample is in any more. */
function pruned(nodes: readonly ProfileNode[], samples: readonly number[]): ProfileNode[] {
  const counts = new Map<number, number>();
  for (const id of samples) counts.set(id, (counts.get(id) ?? 0) + 1);
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map(child => [child, id] as const)));
  const kept = new Set<number>();
  for (const id of counts.keys()) {
    for (let at: number | undefined = id; at !== undefined && !kept.has(at); at = parents.get(at)) kept.add(at);
  }
  return nodes
    .filter(({ id, callFrame }) => kept.has(id) || callFrame.functionName === ROOT)
    .map(({ id, callFrame, children }) => ({
      id,
      callFrame,
      hitCount: counts.get(id) ?? 0,
      ...(children && { children: children.filter(child => kept.has(child)) }),
    }));
}
