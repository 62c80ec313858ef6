/** pino's levels, from the most talkative to the one that says nothing. */
export const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'];
/** Other loggers may read the same variable, and know other levels. */
export const ASKED = process.env.LOG_LEVEL?.toLowerCase() || 'info';
export const LEVEL = LEVELS.includes(ASKED) ? ASKED : 'info';
export const isTold = (level: string) => LEVELS.indexOf(level) >= LEVELS.indexOf(LEVEL);
