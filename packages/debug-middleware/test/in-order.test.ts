import { once } from 'node:events';
import { deferred } from '@troupe/ipc';
import { expect, test } from 'vitest';
import { InOrder } from '../src/debugger/in-order.ts';

test('what has to be made first holds up what came after it, and nothing else', async () => {
  const out: string[] = [];
  const inOrder = new InOrder(line => out.push(line));
  inOrder.push('1');
  expect(out).toEqual(['1']);
  const { promise, resolve } = deferred<string>();
  inOrder.push(() => promise);
  inOrder.push('3');
  inOrder.push(async () => '4');
  expect(out).toEqual(['1']);
  resolve('2');
  await expect.poll(() => out).toEqual(['1', '2', '3', '4']);
  inOrder.push('5');
  expect(out.at(-1)).toBe('5');
});

test('what cannot be made is a warning, and the rest follows', async () => {
  const out: string[] = [];
  const inOrder = new InOrder(line => out.push(line));
  const warned = once(process, 'warning');
  inOrder.push(() => Promise.reject(new Error('it broke')));
  inOrder.push('next');
  expect(await warned).toMatchObject([{ message: expect.stringContaining('it broke') }]);
  expect(out).toEqual(['next']);
});
