import { host, MarkStore, Traffic } from '@troupe/ecv-middleware/host';
import type { Client } from '@troupe/ipc';
import type { Log } from '../log/log.ts';
import type { Settings } from '../options/settle.ts';

/** What the cluster's truth starts with: the options, and the mark that an earlier master left. */
export async function createTraffic(
  settings: Settings,
  client: Client,
  log: Log,
): Promise<{ traffic: Traffic; close(): void }> {
  const { persist, minWorkers, disabled } = settings.ecv || { persist: undefined, minWorkers: 1, disabled: false };
  const store = persist
    ? await MarkStore.open(persist, problem => log.error(problem.message, { err: problem }))
    : undefined;
  const traffic = new Traffic({ minWorkers, mark: disabled ? 'down' : 'up', ...store?.stored });
  traffic.workers(0, settings.noWorkers);
  const stopHosting = host(traffic, client, store);
  const stopLogging = logVerdicts(traffic, log);
  return {
    traffic,
    close: () => {
      stopHosting();
      stopLogging();
    },
  };
}

function logVerdicts(traffic: Traffic, log: Log): () => void {
  let { up } = traffic.report();
  return traffic.onChange(report => {
    if (report.up === up) return;
    up = report.up;
    log[up || report.phase !== 'serving' ? 'info' : 'warn'](
      up ? 'ECV is up' : `ECV is down: ${report.reasons.join(' ')}`,
    );
  });
}
