/** The frames by which a connection begins and ends, checked on arrival. */
import { malformed } from './errors.ts';
import type { Frame } from './frame.ts';
import { bareValueIn, encodeValue, isRecord } from './message.ts';
import { type Goodbye, type Hello, Kind, PROTOCOL_VERSION, type Role, type Welcome } from './protocol.ts';
import { isPid } from './targets.ts';

/** The master has no connection of its own, so nobody who connects can be it. */
const ROLES: readonly Role[] = ['worker', 'cache', 'monitor'];
const REASONS: readonly Goodbye['reason'][] = ['backlog', 'malformed', 'replaced', 'refused', 'closing'];
const MAX_TEXT = 1024;

export function encodeHello(hello: Omit<Hello, 'version'>): Buffer {
  return encodeValue({ kind: Kind.hello }, { version: PROTOCOL_VERSION, ...hello }, 'hello');
}

export function encodeWelcome(welcome: Omit<Welcome, 'version'>): Buffer {
  return encodeValue({ kind: Kind.welcome }, { version: PROTOCOL_VERSION, ...welcome }, 'welcome');
}

export function encodeGoodbye(reason: Goodbye['reason'], message: string): Buffer {
  return encodeValue({ kind: Kind.goodbye }, { reason, message }, 'goodbye');
}

/** @throws TROUPE_ERR_IPC_MALFORMED */
export function helloIn(frame: Frame): Hello {
  const value = bareValueIn(frame);
  if (!isRecord(value)) throw malformed('hello must be an object');
  const { version, pid, role, instance } = value;
  if (typeof version !== 'number') throw malformed('hello must name its version');
  if (!isPid(pid)) throw malformed('hello must name a pid');
  const known = ROLES.find(each => each === role);
  if (known === undefined) throw malformed('hello must name a role');
  if (typeof instance !== 'string' || instance.length === 0 || instance.length > 64)
    throw malformed('hello must name its instance');
  return { version, pid, role: known, instance };
}

/** @throws TROUPE_ERR_IPC_MALFORMED */
export function welcomeIn(frame: Frame): Welcome {
  const value = bareValueIn(frame);
  if (!isRecord(value) || typeof value.version !== 'number' || !isPid(value.master))
    throw malformed('welcome must name version and master');
  const missed = typeof value.missed === 'string' ? value.missed.slice(0, MAX_TEXT) : undefined;
  return { version: value.version, master: value.master, missed };
}

/** @throws TROUPE_ERR_IPC_MALFORMED */
export function goodbyeIn(frame: Frame): Goodbye {
  const value = bareValueIn(frame);
  const reason = isRecord(value) ? REASONS.find(each => each === value.reason) : undefined;
  if (!isRecord(value) || reason === undefined) throw malformed('goodbye must name a reason');
  return { reason, message: String(value.message).slice(0, MAX_TEXT) };
}
