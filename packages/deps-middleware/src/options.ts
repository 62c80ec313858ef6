import type { Guard } from '@troupe/guard';
import { applicationDirectory } from './application-directory.ts';
import { badOptions } from './errors.ts';

export interface DepsOptions {
  /** The path of the report. Its stylesheet and script are below it. @default '/deps' */
  root?: string | undefined;
  /**
   * The application's directory, where `npm ls` would be run. In a workspace it is read as npm does: out of the whole
   * installation, the part that the workspace uses. @default where the nearest package.json above the main script is;
   * the working directory when the main script is itself an installed package, as a process manager is
   */
  path?: string | undefined;
  /** Who may look. @default the process's default guard */
  guard?: Guard | undefined;
  /** How long the thread waits for another question before it ends, ms. @default 30000 */
  idle?: number | undefined;
  /** How long the thread may take to answer, ms. After that it is ended, and whoever waits is told. @default 60000 */
  timeout?: number | undefined;
}

export interface Settings {
  root: string;
  path: string;
  guard: Guard | undefined;
  idle: number;
  timeout: number;
}

/** @throws TROUPE_ERR_DEPS_OPTIONS with every problem there is */
export function withDefaults(options: DepsOptions): Settings {
  const settings: Settings = {
    root: (options.root ?? '/deps').replace(/(?<=.)\/$/, ''),
    path: options.path ?? applicationDirectory(process.argv[1], process.cwd()),
    guard: options.guard,
    idle: options.idle ?? 30_000,
    timeout: options.timeout ?? 60_000,
  };
  const problems: string[] = [];
  if (!/^\/[^?#]*$/.test(settings.root)) {
    problems.push(`root is ${JSON.stringify(options.root)}, but must be a path that begins with "/"`);
  }
  if (settings.path === '') problems.push('path is "", but must be a directory');
  if (!(settings.idle >= 0 && settings.idle < 2 ** 31)) {
    problems.push(`idle is ${settings.idle}, but must be 0 ms or more, up to 24 days`);
  }
  if (!(settings.timeout > 0 && settings.timeout < 2 ** 31)) {
    problems.push(`timeout is ${settings.timeout}, but must be more than 0 ms, up to 24 days`);
  }
  if (problems.length > 0) throw badOptions(problems);
  return settings;
}
