import { Server } from 'node:net';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Room } from '../src/accept/room.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function world(state: { maxConnections?: number; _connections: number; dropMaxConnection?: boolean }) {
  const server = Object.assign(new Server(), state);
  const told: boolean[] = [];
  return { server, told, room: new Room(server, isFull => told.push(isFull)) };
}

test('a server without a limit has room', () => {
  const { room, told } = world({ _connections: 1_000 });
  expect(room.isThere()).toBe(true);
  expect(told).toEqual([]);
});

test('a full server is told of once, and again when a connection has closed', () => {
  const { server, room, told } = world({ maxConnections: 2, _connections: 2 });
  expect([room.isThere(), room.isThere()]).toEqual([false, false]);
  expect(told).toEqual([true]);
  server._connections -= 1;
  vi.advanceTimersByTime(10);
  expect(told).toEqual([true, false]);
  expect(vi.getTimerCount()).toBe(0);
  expect(room.isThere()).toBe(true);
});

test('a limit that is raised makes room', () => {
  const { server, room, told } = world({ maxConnections: 1, _connections: 1 });
  room.isThere();
  server.maxConnections = 2;
  vi.advanceTimersByTime(10);
  expect(told).toEqual([true, false]);
});

test('a server that drops what is too much is given it', () => {
  const { room } = world({ maxConnections: 1, _connections: 1, dropMaxConnection: true });
  expect(room.isThere()).toBe(true);
});

test('a server that closes while it is full leaves no timer', () => {
  const { room, told } = world({ maxConnections: 1, _connections: 1 });
  room.isThere();
  room.stop();
  expect(vi.getTimerCount()).toBe(0);
  expect(told).toEqual([true]);
});
