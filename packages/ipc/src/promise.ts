import pDefer from 'p-defer';

/** A promise with the two extra methods that promises of cluster2 had; `then`, `catch` and `finally` keep them. */
export class TroupePromise<T> extends Promise<T> {
  /** The same as `catch`. */
  otherwise<R = never>(onRejected?: ((reason: unknown) => R | PromiseLike<R>) | null): TroupePromise<T | R> {
    return this.catch(onRejected) as TroupePromise<T | R>;
  }

  /** The same as `finally`. */
  ensure(onSettled?: (() => void) | null): TroupePromise<T> {
    return this.finally(onSettled) as TroupePromise<T>;
  }
}

export interface Deferred<T> {
  promise: TroupePromise<T>;
  resolve: (value: T | PromiseLike<T>) => void;
  reject: (reason?: unknown) => void;
}

/** A promise and the functions that settle it. */
export function deferred<T>(): Deferred<T> {
  const { promise, resolve, reject } = pDefer<T>();
  return { promise: TroupePromise.resolve(promise) as TroupePromise<T>, resolve, reject };
}
