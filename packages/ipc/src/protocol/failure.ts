/** A failure as it travels: what an `Error` says, without its prototype. */
export interface Failure {
  code: string;
  message: string;
  stack?: string | undefined;
}
