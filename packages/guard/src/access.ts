/**
 * What a visitor may do, each including the ones before it:
 * `probe` learns up or down; `view` reads pages; `operate` marks, pauses, resumes, reloads and retires;
 * `debug` has the inspector, heap snapshots and live edit, which is to say code execution and every secret in memory.
 */
export type Access = 'probe' | 'view' | 'operate' | 'debug';

const ORDER: readonly Access[] = ['probe', 'view', 'operate', 'debug'];

/** Whether somebody who has `held` may do what asks for `needed`. */
export function includes(held: Access, needed: Access): boolean {
  return ORDER.indexOf(held) >= ORDER.indexOf(needed);
}
