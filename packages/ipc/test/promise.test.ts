import { describe, expect, it, vi } from 'vitest';
import { deferred, TroupePromise } from '../src/promise.ts';

describe('deferred', () => {
  it('gives a real promise whose chains keep otherwise and ensure', async () => {
    const { promise, resolve } = deferred<number>();
    const ensured = vi.fn();
    const chain = promise.then(n => n + 1).ensure(ensured);
    expect(promise).toBeInstanceOf(Promise);
    expect(chain).toBeInstanceOf(TroupePromise);
    resolve(1);
    expect(await chain).toBe(2);
    expect(ensured).toHaveBeenCalledOnce();
  });

  it('is caught by otherwise', async () => {
    const { promise, reject } = deferred<number>();
    const handled = promise.then(n => n + 1).otherwise(reason => `caught ${reason}`);
    reject('it');
    expect(await handled).toBe('caught it');
    expect(await TroupePromise.reject(new Error('x')).catch(() => 'fine')).toBe('fine');
  });

  it('is awaited as it is, without another promise around it', async () => {
    const order: string[] = [];
    const awaited = TroupePromise.resolve('mine');
    const plain = Promise.resolve();
    const first = (async () => order.push(await awaited))();
    const second = plain.then(() => order.push('plain'));
    await Promise.all([first, second]);
    expect(order).toEqual(['mine', 'plain']);
  });
});
