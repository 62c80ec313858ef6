import pDefer from 'p-defer';

/** As Promise types it, so that handlers written for a promise fit. */
type Reason = Parameters<NonNullable<Parameters<Promise<unknown>['catch']>[0]>>[0];
type OnRejected<R> = ((reason: Reason) => R | PromiseLike<R>) | null;

/** A promise with the two extra methods that promises of cluster2 had; `then`, `catch` and `finally` keep them. */
export interface TroupePromise<T> extends Promise<T> {
  /** The same as `catch`. */
  otherwise<R = never>(onRejected?: OnRejected<R>): TroupePromise<T | R>;
  /** The same as `finally`. */
  ensure(onSettled?: (() => void) | null): TroupePromise<T>;
  then<A = T, R = never>(
    onFulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    onRejected?: OnRejected<R>,
  ): TroupePromise<A | R>;
  catch<R = never>(onRejected?: OnRejected<R>): TroupePromise<T | R>;
  finally(onSettled?: (() => void) | null): TroupePromise<T>;
}

interface TroupePromiseConstructor extends PromiseConstructor {
  new <T>(
    executor: (resolve: (value: T | PromiseLike<T>) => void, reject: (reason?: unknown) => void) => void,
  ): TroupePromise<T>;
}

// The methods of a subclass of Promise return the subclass, which the types of Promise do not say.
export const TroupePromise = class TroupePromise<T> extends Promise<T> {
  otherwise<R>(onRejected?: OnRejected<R>): Promise<T | R> {
    return this.catch(onRejected);
  }

  ensure(onSettled?: (() => void) | null): Promise<T> {
    return this.finally(onSettled);
  }
} as unknown as TroupePromiseConstructor;

export interface Deferred<T> {
  promise: TroupePromise<T>;
  resolve: (value: T | PromiseLike<T>) => void;
  reject: (reason?: unknown) => void;
}

/** A promise and the functions that settle it. */
export function deferred<T>(): Deferred<T> {
  const { promise, resolve, reject } = pDefer<T>();
  return { promise: new TroupePromise<T>(settle => settle(promise)), resolve, reject };
}
