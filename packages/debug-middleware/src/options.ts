import type { Guard } from '@troupe/guard';
import type { Client } from '@troupe/ipc';
import { badPath } from './errors.ts';

/** What is needed of a process's place on the bus. */
export type Bus = Pick<Client, 'request' | 'gather' | 'onEvent'>;

export interface DebugOptions {
  /** Where the page is; what belongs to it hangs below, and the help page stands beside it. @default '/debug' */
  path?: string | undefined;
  /** Who may look, and operate. @default the process's default guard */
  guard?: Guard | undefined;
  /** The bus. @default connect() of `@troupe/ipc` */
  client?: Bus | undefined;
  /** Whether what somebody edits in the debugger is written to the file, once V8 has taken it. @default false */
  saveLiveEdit?: boolean | undefined;
}

export interface Settings {
  path: string;
  guard: Guard | undefined;
  client: Bus | undefined;
  saveLiveEdit: boolean;
}

/** @throws TROUPE_ERR_DEBUG_OPTIONS */
export function withDefaults({ path = '/debug', guard, client, saveLiveEdit = false }: DebugOptions): Settings {
  if (typeof path !== 'string' || !/^(\/[\w.~-]+)+$/.test(path)) throw badPath(path);
  return { path, guard, client, saveLiveEdit };
}
