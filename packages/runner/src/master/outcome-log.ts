import type { Log } from '../log/log.ts';
import { CLUSTER_STOPS } from '../supervisor/phases.ts';
import type { Outcome } from './supervise.ts';

/** One line for each thing that the supervisor has come to; its start and its end have their own. */
export function logOutcome(outcome: Outcome, log: Log, pidOf: (id: number) => number | undefined): void {
  switch (outcome.type) {
    case 'replacing': {
      const { predecessor, successor, reason } = outcome;
      return log.info(`worker ${pidOf(predecessor)} will be replaced by ${pidOf(successor) ?? 'a new one'}: ${reason}`);
    }
    case 'replaced':
      return log.info(`worker ${pidOf(outcome.successor)} has taken the place of its predecessor`, {
        reason: outcome.reason,
      });
    case 'set-aside':
      return log.info(
        `worker ${pidOf(outcome.successor)} has taken the place of ${pidOf(outcome.id)}, which stands aside`,
      );
    case 'not-replaced':
      return log.warn(`worker ${pidOf(outcome.predecessor)} serves on: its successor ${outcome.problem}`);
    case 'reload-begun':
      return log.info(`reload: generation ${outcome.generation} begins`);
    case 'watch':
      return log.info(`reload: worker ${pidOf(outcome.id)} is watched before the others follow`);
    case 'reload-committed':
      return log.info(`reload: generation ${outcome.generation} serves, the one before leaves`);
    case 'reloaded':
      return log.info(`reload: done, generation ${outcome.generation}`, { skipped: outcome.skipped.map(pidOf) });
    case 'reload-failed':
      return log[outcome.problem === CLUSTER_STOPS ? 'info' : 'error'](
        `reload: generation ${outcome.generation} was rolled back: ${outcome.problem}`,
      );
  }
}
