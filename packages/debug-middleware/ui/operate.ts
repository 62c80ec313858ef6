/** What a person can do from the page: each action asks before it harms, and says what came of it. */
import type { Access } from '@troupe/guard';
import type { Action, Answer, ClusterView } from '../src/view.ts';
import { confirm, type Question } from './confirm.ts';
import { notify } from './notice.ts';

/** Resolves with whether it was done. */
export type Act = (action: Action) => Promise<boolean>;

/** @param view what is known of the cluster when it is asked for */
export function operator(act: (action: Action) => Promise<Answer<null>>, view: () => ClusterView | null): Act {
  return async action => {
    const question = ask(action, view());
    if (question && !(await confirm(question))) return false;
    if (action.type === 'reload') notify('good', 'The reload has been asked for; this page shows how it goes.');
    const answer = await act(action);
    if (answer.done) notify('good', done(action));
    else notify('bad', answer.message);
    return answer.done;
  };
}

export const mayOperate = (access: Access | undefined): boolean => access === 'operate' || access === 'debug';

/** What will happen; undefined for what harms nobody. */
function ask(action: Action, view: ClusterView | null): Question | undefined {
  switch (action.type) {
    case 'mark':
      if (action.mark === 'up') return undefined;
      return {
        title: 'Mark the cluster down?',
        text: 'Load balancers stop sending traffic to this machine, until somebody marks it up again. What is being answered is finished.',
        verb: 'Mark down',
        harmful: true,
      };
    case 'pause': {
      const others = view?.workers.filter(({ state, pid }) => state === 'ready' && pid !== action.pid).length ?? 0;
      return {
        title: `Pause worker ${action.pid}?`,
        text:
          others === 0
            ? 'It is the only one that takes traffic: nobody answers new connections, and the health check says down, until it is resumed.'
            : 'It gets no new connections until it is resumed. The connections that it has stay; the other workers take the rest.',
        verb: 'Pause',
        harmful: others === 0,
      };
    }
    case 'retire':
      return {
        title: `Retire worker ${action.pid}?`,
        text: 'A successor is warmed up first. When it is ready, this worker finishes what it has, and leaves. No request is lost.',
        verb: 'Retire',
      };
    case 'reload':
      return {
        title: 'Reload every worker?',
        text: 'Successors with the code that is on the disk now are warmed up, one after the other, beside the workers that serve. If one fails, nothing changes.',
        verb: 'Reload',
      };
    case 'forget':
      return {
        title: 'Delete this entry?',
        text: `${action.key} of the cache ${action.cache} is deleted in every process. Whoever reads it next finds nothing, or loads it anew.`,
        verb: 'Delete',
        harmful: true,
      };
    default:
      return undefined;
  }
}

function done(action: Action): string {
  switch (action.type) {
    case 'mark':
      return action.mark === 'up' ? 'The cluster is marked up.' : 'The cluster is marked down.';
    case 'pause':
      return `Worker ${action.pid} is paused.`;
    case 'resume':
      return `Worker ${action.pid} is resumed.`;
    case 'retire':
      return `A successor for worker ${action.pid} has been asked for.`;
    case 'reload':
      return 'The reload is done.';
    case 'forget':
      return `${action.key} is deleted.`;
  }
}
