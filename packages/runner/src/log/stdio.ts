/**
 * Whether a person reads the log. Not `process.stdout.isTTY`: no process should make that stream while it starts, and a
 * worker that says nothing needs no `node:tty`.
 */
export const isTerminal = (): boolean => process.getBuiltinModule('node:tty').isatty(1);

/** Says on stderr what the log cannot. Node writes warnings to the descriptor: a stream to a full disk would end the process. */
export const warnOfLog = (sentence: string): void => process.emitWarning(sentence, { code: 'TROUPE_LOG' });
