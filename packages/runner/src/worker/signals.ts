/**
 * Signals are often sent to the whole group: Ctrl-C, systemd, Docker. Only the master acts on them. SIGUSR1 would open
 * an inspector port.
 */
const IGNORED = ['SIGINT', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'] as const;

/** Leaves the decision to the master; `onTerminate` passes SIGTERM on to it. Returns what takes the listeners away. */
export function handleWorkerSignals(onTerminate: () => void): () => void {
  const ignore = () => {};
  for (const signal of IGNORED) process.on(signal, ignore);
  process.on('SIGTERM', onTerminate);
  return () => {
    for (const signal of IGNORED) process.off(signal, ignore);
    process.off('SIGTERM', onTerminate);
  };
}
