import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Distribution } from '../src/accept/distribution.ts';
import { Member } from '../src/accept/member.ts';
import { FakeConnection, FakeWorker } from './accept-world.ts';

const KEY = 'here';
const ACCEPT_WAIT = 5_000;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function world(workers: number) {
  const lost = vi.fn();
  const distribution = new Distribution(ACCEPT_WAIT, lost);
  distribution.open(KEY);
  const join = (id: number) => {
    const worker = new FakeWorker(id);
    const member = new Member(worker.asWorker);
    member.serves.add(KEY);
    distribution.admit(member);
    return {
      worker,
      member,
      receive: () => distribution.settle(member, true),
      giveBack: (connection: FakeConnection, seq = worker.last('connection').seq) =>
        distribution.takeBack(member, seq, KEY, connection),
    };
  };
  const arrive = (name: string) => {
    const connection = new FakeConnection(name);
    distribution.arrive(KEY, connection);
    return connection;
  };
  const [one, two] = [join(1), join(2)];
  if (workers < 2) distribution.dismiss(two.member);
  return { distribution, lost, one, two, join, arrive };
}

/** A worker that does not receive loses its hand-over after 200 ms, 100 ms of grace, and a look every 50 ms. */
const PAST_THE_DEADLINE = 400;

test('a worker has one connection under way, and the master holds its copy until that is received', () => {
  const { one, arrive } = world(1);
  const [first, second] = [arrive('first'), arrive('second')];
  expect(one.worker.handed).toEqual(['first']);
  expect(first.closed).toBe(false);
  one.receive();
  expect(first.closed).toBe(true);
  expect(one.worker.handed).toEqual(['first', 'second']);
  expect(second.closed).toBe(false);
});

test('free workers take turns', () => {
  const { one, two, arrive } = world(2);
  for (const name of ['a', 'b', 'c', 'd']) {
    arrive(name);
    one.receive();
    two.receive();
  }
  expect([one.worker.handed, two.worker.handed]).toEqual([
    ['a', 'c'],
    ['b', 'd'],
  ]);
});

test('what a worker returns goes before what waits', () => {
  const { one, two, arrive } = world(2);
  for (const name of ['a', 'b', 'c']) arrive(name);
  one.member.full.add(KEY);
  one.receive();
  one.giveBack(new FakeConnection('a again'));
  two.receive();
  expect(two.worker.handed).toEqual(['b', 'a again']);
  two.receive();
  expect(two.worker.handed).toEqual(['b', 'a again', 'c']);
});

test('a worker that does not receive in time loses the connection to another, and gets nothing until it does', () => {
  const { one, two, arrive } = world(2);
  const connection = arrive('a');
  vi.advanceTimersByTime(PAST_THE_DEADLINE);
  expect(two.worker.handed).toEqual(['a']);
  expect(two.worker.last('connection').deadline).toBeGreaterThan(one.worker.last('connection').deadline);
  two.receive();
  expect(connection.closed).toBe(true);
  arrive('b');
  two.receive();
  arrive('c');
  two.receive();
  expect(one.worker.handed).toEqual(['a']);
  one.receive();
  arrive('d');
  expect(one.worker.handed).toEqual(['a', 'd']);
});

test('what comes back from a worker that was too late is not served again', () => {
  const { one, two, arrive } = world(2);
  arrive('a');
  vi.advanceTimersByTime(PAST_THE_DEADLINE);
  const { seq } = one.worker.last('connection');
  one.receive();
  const copy = new FakeConnection('copy');
  one.giveBack(copy, seq);
  expect(copy.closed).toBe(true);
  two.receive();
  expect([...one.worker.handed, ...two.worker.handed]).toEqual(['a', 'a']);
});

test('one that was returned in the time of grace, before another had it, is given to another', () => {
  const { one, two, arrive } = world(2);
  arrive('a');
  vi.advanceTimersByTime(250);
  one.receive();
  one.giveBack(new FakeConnection('a again'));
  expect(two.worker.handed).toEqual(['a again']);
});

test('each further attempt is given twice the time', () => {
  const { one, two, arrive } = world(2);
  const began = () => Number(process.hrtime.bigint()) / 1e6;
  arrive('a');
  expect(one.worker.last('connection').deadline - began()).toBeCloseTo(200, 0);
  vi.advanceTimersByTime(350);
  expect(two.worker.last('connection').deadline - began()).toBeGreaterThan(300);
});

test('a receipt that waits behind the look at the clock is heeded', () => {
  const { one, two, arrive } = world(2);
  arrive('a');
  vi.advanceTimersByTime(249);
  // The sweep at 300 ms finds it late, and gives the channel one more turn.
  setTimeout(() => one.receive(), 51);
  vi.advanceTimersByTime(100);
  expect(two.worker.handed).toEqual([]);
});

test('the receipt of a handle that the application has sent is not taken for one of ours', () => {
  const { one, arrive } = world(1);
  one.worker.process.fate = 'queued';
  const connection = arrive('a');
  one.receive();
  expect(connection.closed).toBe(false);
  expect(one.member.isFree).toBe(false);
});

test('a handle that was lost on its way is sent again', () => {
  const { distribution, one, arrive } = world(1);
  const connection = arrive('a');
  distribution.settle(one.member, false);
  expect(one.worker.handed).toEqual(['a', 'a']);
  expect(connection.closed).toBe(false);
});

test('a connection that could not be sent is given to another worker, and the first one is tried again later', () => {
  const { one, two, arrive } = world(2);
  one.worker.process.fate = Object.assign(new Error('write EPIPE'), { code: 'EPIPE' });
  arrive('a');
  expect([...one.worker.handed, ...two.worker.handed]).toEqual([]);
  vi.advanceTimersByTime(PAST_THE_DEADLINE);
  expect(two.worker.handed).toEqual(['a']);
  one.worker.process.fate = 'sent';
  arrive('b');
  expect(one.worker.handed).toEqual(['b']);
});

test('a worker that is gone leaves exactly what it had not received', () => {
  const { distribution, one, two, arrive } = world(2);
  const received = arrive('a');
  one.receive();
  two.member.withdrawn = true;
  arrive('b');
  two.member.withdrawn = false;
  distribution.dismiss(one.member);
  expect(two.worker.handed).toEqual(['b']);
  expect(received.closed).toBe(true);
  distribution.dismiss(one.member);
  two.receive();
  expect(two.worker.handed).toEqual(['b']);
});

test('while no worker is there a connection waits for acceptWait', () => {
  const { distribution, lost, one, join, arrive } = world(1);
  distribution.dismiss(one.member);
  const [early, late] = [arrive('early'), new FakeConnection('late')];
  vi.advanceTimersByTime(ACCEPT_WAIT - 100);
  distribution.arrive(KEY, late);
  expect(early.closed).toBe(false);
  vi.advanceTimersByTime(200);
  expect([early.closed, late.closed]).toEqual([true, false]);
  expect(lost.mock.calls).toEqual([['no worker was ready within 5000 ms (acceptWait)', 1]]);
  const three = join(3);
  distribution.feed(three.member);
  expect(three.worker.handed).toEqual(['late']);
});

test('a connection waits longer than acceptWait where a worker is slow', () => {
  const { one, arrive } = world(1);
  arrive('a');
  one.receive();
  arrive('b');
  const waiting = arrive('c');
  vi.advanceTimersByTime(2 * ACCEPT_WAIT);
  expect(waiting.closed).toBe(false);
});

test('a paused worker and one without room are given nothing, and count as none', () => {
  const { distribution, one, two, arrive } = world(2);
  one.member.withdrawn = true;
  two.member.full.add(KEY);
  const connection = arrive('a');
  expect([...one.worker.handed, ...two.worker.handed]).toEqual([]);
  two.member.full.delete(KEY);
  distribution.feed(two.member);
  expect(two.worker.handed).toEqual(['a']);
  two.member.full.add(KEY);
  two.receive();
  const other = arrive('b');
  vi.advanceTimersByTime(ACCEPT_WAIT + 100);
  expect([connection.closed, other.closed]).toEqual([true, true]);
});

test('a line holds 4,096 connections; what comes then is closed', () => {
  const { distribution, lost, one, arrive } = world(1);
  distribution.dismiss(one.member);
  const waiting = Array.from({ length: 4_096 }, (_, n) => arrive(String(n)));
  expect(arrive('one too many').closed).toBe(true);
  expect(lost.mock.calls).toEqual([['4096 others wait for a worker already', 1]]);
  expect(waiting.some(({ closed }) => closed)).toBe(false);
});

test('a worker is fed what has waited longest of what it serves', () => {
  const { distribution, one, arrive } = world(1);
  distribution.open('there');
  one.member.serves.add('there');
  one.member.withdrawn = true;
  distribution.arrive('there', new FakeConnection('elder'));
  vi.advanceTimersByTime(10);
  arrive('younger');
  one.member.withdrawn = false;
  distribution.feed(one.member);
  expect(one.worker.handed).toEqual(['elder']);
  one.receive();
  expect(one.worker.handed).toEqual(['elder', 'younger']);
});

test('an address that is shut closes what waits there, and what comes back to it', () => {
  const { distribution, one, arrive } = world(1);
  const [underWay, waiting] = [arrive('under way'), arrive('waiting')];
  distribution.shut(KEY);
  expect([underWay.closed, waiting.closed]).toEqual([false, true]);
  distribution.dismiss(one.member);
  expect(underWay.closed).toBe(true);
});

test('idle resolves when everything is in the hands of a worker, and no timer is left', async () => {
  const { distribution, one, arrive } = world(1);
  arrive('a');
  arrive('b');
  let idle = false;
  const done = distribution.idle(1_000).then(() => {
    idle = true;
  });
  one.receive();
  await Promise.resolve();
  expect(idle).toBe(false);
  one.receive();
  await done;
  vi.advanceTimersByTime(100);
  expect(vi.getTimerCount()).toBe(0);
});

test('idle gives up on a worker that does not receive, and the end closes what waits', async () => {
  const { distribution, arrive } = world(1);
  arrive('a');
  const waiting = arrive('b');
  const done = distribution.idle(150);
  vi.advanceTimersByTime(150);
  await done;
  distribution.end();
  expect(waiting.closed).toBe(true);
  expect(vi.getTimerCount()).toBe(0);
});
