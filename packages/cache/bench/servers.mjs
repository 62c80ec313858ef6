/** Starts what is compared: a cache manager in a process of its own, redis-server and memcached (Debian has both). */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StandaloneManager } from '@troupe/cache/manager';
import { Redis } from 'ioredis';

export async function startServers() {
  const directory = await mkdtemp(join(tmpdir(), 'troupe-bench-'));
  const redisSocket = join(directory, 'redis');
  const port = await freePort();
  const redis = start('redis-server', ['--unixsocket', redisSocket, '--port', '0', '--save', '', '--appendonly', 'no']);
  const memcached = start('memcached', ['-l', '127.0.0.1', '-p', String(port), '-m', '512', '-u', 'nobody']);
  const manager = new StandaloneManager({ socket: join(directory, 'cache') });
  await manager.ready();
  await answersPing(redisSocket);
  return {
    redisSocket,
    memcachedPort: port,
    cacheSocket: join(directory, 'cache'),
    manager: manager.pid,
    redis: redis.pid,
    async close() {
      await manager.close();
      for (const child of [redis, memcached]) {
        child.kill();
        await once(child, 'exit');
      }
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Resolves when redis answers there. */
async function answersPing(path) {
  const client = new Redis({ path, lazyConnect: true, maxRetriesPerRequest: null, retryStrategy: () => 10 });
  // Until it listens there is nobody.
  client.on('error', () => undefined);
  await client.ping();
  client.disconnect();
}

function start(program, args) {
  const child = spawn(program, args, { stdio: 'ignore' });
  child.on('error', problem => {
    throw new Error(`${program} is needed: apt-get install redis-server memcached`, { cause: problem });
  });
  return child;
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  return port;
}

/** What a process has used so far: CPU in ms, memory in bytes (Linux). */
export async function usageOf(pid) {
  const [stat, status] = await Promise.all([
    readFile(`/proc/${pid}/stat`, 'utf8'),
    readFile(`/proc/${pid}/status`, 'utf8'),
  ]);
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return {
    cpu: (Number(fields[11]) + Number(fields[12])) * 10,
    memory: Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) * 1024,
  };
}
