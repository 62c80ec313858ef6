import { once } from 'node:events';
import { connect } from 'node:net';

/** How long an agent may take to let go, ms. */
const PATIENCE = 1_000;

/** Whether an agent listens there. */
export async function agentAnswers(socket: string): Promise<boolean> {
  const connection = connect(socket);
  try {
    await once(connection, 'connect');
    return true;
  } catch {
    // Nobody listens: that is the answer.
    return false;
  } finally {
    connection.destroy();
  }
}

/**
 * Ends every debugging session of a worker, whoever has it, by its agent: a program that stands still goes on. Where no
 * agent listens there is nothing to end.
 */
export async function releaseWorker(agent: string): Promise<void> {
  const connection = connect(agent);
  const signal = AbortSignal.timeout(PATIENCE);
  try {
    await once(connection, 'connect', { signal });
    connection.write('{"id":1,"method":"Troupe.release"}\n');
    await once(connection, 'data', { signal });
  } catch {
    // Gone, or so busy that only ending the process helps: what the supervisor does with a worker that does not answer.
  } finally {
    connection.destroy();
  }
}
