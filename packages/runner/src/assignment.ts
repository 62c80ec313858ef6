/** What the master tells a worker at its birth, through the environment. */
export interface Assignment {
  /** The supervisor's number of this worker; never used twice. */
  id: number;
  slot: number;
  /** Options of the command line, checked by the master. */
  flags: Record<string, unknown>;
  /** Somebody wants to debug it from its first step on: wait until it is told to run. */
  waits?: boolean | undefined;
  /** Its predecessor is replaced for its memory: have its objects counted before it takes traffic, to compare with. */
  autopsy?: boolean | undefined;
  /** The port that `port: 0` became, once a worker listens: those that come later listen there too. */
  port?: number | undefined;
}

const VARIABLE = 'TROUPE_ASSIGNMENT';

export const toEnvironment = (assignment: Assignment): Record<string, string> => ({
  [VARIABLE]: JSON.stringify(assignment),
});

/** Takes the assignment out of the environment, so that children of the worker do not inherit it. */
export function takeAssignment(environment: NodeJS.ProcessEnv): Assignment | undefined {
  const text = environment[VARIABLE];
  delete environment[VARIABLE];
  return text === undefined ? undefined : (JSON.parse(text) as Assignment);
}
