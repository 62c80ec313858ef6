export type MetricsErrorCode = 'TROUPE_ERR_METRICS_OPTIONS';

/** An error of this package. Switch on `code`; the message is for people. */
export class MetricsError extends Error {
  override readonly name = 'MetricsError';
  readonly code: MetricsErrorCode;

  constructor(code: MetricsErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

export const badOption = (name: string, value: unknown, allowed: string): MetricsError =>
  new MetricsError('TROUPE_ERR_METRICS_OPTIONS', `${name} is ${JSON.stringify(value)}, but must be ${allowed}.`);
