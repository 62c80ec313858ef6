import pDefer from 'p-defer';

type OnRejected<R> = ((reason: unknown) => R | PromiseLike<R>) | null;

/**
 * A promise with the two extra methods that promises of cluster2 had. `then`, `catch` and `finally` keep them at run time
 * as every subclass of Promise does; they are overridden here for their types alone.
 */
export class TroupePromise<T> extends Promise<T> {
  /** The same as `catch`. */
  otherwise<R = never>(onRejected?: OnRejected<R>): TroupePromise<T | R> {
    return this.catch(onRejected);
  }

  /** The same as `finally`. */
  ensure(onSettled?: (() => void) | null): TroupePromise<T> {
    return this.finally(onSettled);
  }

  override then<A = T, R = never>(
    onFulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    onRejected?: OnRejected<R>,
  ): TroupePromise<A | R> {
    return super.then(onFulfilled, onRejected) as TroupePromise<A | R>;
  }

  override catch<R = never>(onRejected?: OnRejected<R>): TroupePromise<T | R> {
    return super.catch(onRejected) as TroupePromise<T | R>;
  }

  override finally(onSettled?: (() => void) | null): TroupePromise<T> {
    return super.finally(onSettled) as TroupePromise<T>;
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
