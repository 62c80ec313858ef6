/** What `logger` and cluster2's `getLogger(name)` have to provide; pino, console, bunyan and winston all do. */
export interface Logger {
  debug(...args: unknown[]): void;
  info(...args: unknown[]): void;
  warn(...args: unknown[]): void;
  error(...args: unknown[]): void;
}
