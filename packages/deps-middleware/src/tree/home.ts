import { syncBuiltinESMExports } from 'node:module';
import os from 'node:os';

/**
 * A user who is not in /etc/passwd has no home where `HOME` is not set either, as in a container that runs under an
 * arbitrary number: `os.homedir()` throws there, and npm's libraries ask it while they are loaded. In this thread, which
 * writes nothing anywhere, it is the root directory then.
 */
export function haveHome(): void {
  try {
    os.homedir();
  } catch {
    os.homedir = () => '/';
    syncBuiltinESMExports();
  }
}
