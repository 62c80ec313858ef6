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

/** A promise that `then` made, with the methods of this class: the same promise, so that nothing has to wait for another. */
const extend = <T>(promise: Promise<T>): Promise<T> => Object.setPrototypeOf(promise, TroupePromise.prototype);

// The methods of a subclass of Promise return the subclass, which the types of Promise do not say.
export const TroupePromise = class TroupePromise<T> extends Promise<T> {
  override then<A, R>(
    onFulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    onRejected?: OnRejected<R>,
  ): Promise<A | R> {
    return extend(super.then(onFulfilled, onRejected));
  }

  otherwise<R>(onRejected?: OnRejected<R>): Promise<T | R> {
    return this.catch(onRejected);
  }

  ensure(onSettled?: (() => void) | null): Promise<T> {
    return this.finally(onSettled);
  }
} as unknown as TroupePromiseConstructor;
// `await` takes a promise as it is only if this says so; otherwise it wraps it, which takes three times as long.
Object.defineProperty(TroupePromise.prototype, 'constructor', { value: Promise, writable: true, configurable: true });

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
