/** Whom a message is for: checked, and in the form that travels. */
import { badTarget, tooManyTargets } from './errors.ts';
import { MAX_TARGETS } from './frame.ts';
import type { Role, Target } from './protocol.ts';

/** Groups travel as numbers that no pid has. */
export const ALL = 0xffff_ffff;
export const WORKERS = 0xffff_fffe;
export const MASTER = 0xffff_fffd;
const HIGHEST_PID = 0xffff_fff0;

/** Who is included, apart from the process itself. */
export interface Audience {
  self: boolean;
  /** Groups and pids, without repetition. */
  others: readonly number[];
}

interface Place {
  pid: number;
  role: Role;
}

const SELF_ONLY: Audience = { self: true, others: [] };

export function isPid(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value > 0 && value < HIGHEST_PID;
}

/** Which processes an event goes to, seen from one of them; a monitor hears what the master hears. @throws TROUPE_ERR_IPC_BAD_TARGET */
export function eventAudience(targets: Target | readonly Target[], here: Place): Audience {
  return audience(targets, here, here.role === 'master' || here.role === 'monitor', true);
}

/** Which processes are asked; only the master answers for the master. @throws TROUPE_ERR_IPC_BAD_TARGET */
export function requestAudience(targets: Target | readonly Target[], here: Place): Audience {
  return audience(targets, here, here.role === 'master', here.role !== 'master');
}

/**
 * @param isMaster whether `master` includes this process
 * @param hasMasters whether `master` includes others
 */
function audience(targets: Target | readonly Target[], here: Place, isMaster: boolean, hasMasters: boolean): Audience {
  if (targets === 'self') return SELF_ONLY;
  let self = false;
  const others = new Set<number>();
  for (const target of isList(targets) ? targets : [targets]) {
    const code = toCode(target);
    if (code === 'self' || code === here.pid) {
      self = true;
      continue;
    }
    if (code !== MASTER || hasMasters) others.add(code);
    self ||= code === ALL || (code === MASTER && isMaster) || (code === WORKERS && here.role === 'worker');
  }
  if (others.has(ALL)) return { self, others: [ALL] };
  if (others.size > MAX_TARGETS) throw tooManyTargets(others.size, MAX_TARGETS);
  return { self, others: [...others] };
}

function isList(targets: Target | readonly Target[]): targets is readonly Target[] {
  return Array.isArray(targets);
}

function toCode(target: Target): number | 'self' {
  if (typeof target === 'number') {
    if (isPid(target)) return target;
  } else if (typeof target === 'string') {
    if (target === 'self') return 'self';
    if (target === 'master') return MASTER;
    if (target === 'workers') return WORKERS;
    if (target === 'all') return ALL;
    if (/^[1-9]\d*$/.test(target) && isPid(Number(target))) return Number(target);
  }
  throw badTarget(target);
}

/** How a target that travelled is called in messages. */
export function nameOf(code: number): string {
  return code === MASTER ? 'The master' : `Process ${code}`;
}

export function isGroup(code: number): boolean {
  return code === ALL || code === WORKERS;
}
