import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createGuard } from '../src/index.ts';
import { type Connection, isLoopback, ownedByUs } from '../src/loopback.ts';
import { serve } from './servers.ts';

const v4: Connection = { remoteAddress: '127.0.0.1', remotePort: 0x9c40, localAddress: '127.0.0.1', localPort: 0x1f91 };
const v6: Connection = { remoteAddress: '::1', remotePort: 0x9c40, localAddress: '::1', localPort: 0x1f91 };
const mapped: Connection = { ...v4, remoteAddress: '::ffff:127.0.0.1', localAddress: '::ffff:127.0.0.1' };

const HEAD = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n';
const row = (local: string, remote: string, uid: number, inode = 77) =>
  `   1: ${local}:9C40 ${remote}:1F91 01 00000000:00000000 00:00000000 00000000  ${uid}        0 ${inode} 1 0000 20 4 0 10 -1\n`;
const V4 = '0100007F';
const V6 = '00000000000000000000000001000000';
const MAPPED = '0000000000000000FFFF00000100007F';

/** Stands for the kernel: one text for each of the two tables. */
const tables =
  (tcp: string, tcp6 = '') =>
  (path: string) =>
    Promise.resolve(HEAD + (path.endsWith('6') ? tcp6 : tcp));

describe('whose socket the other end is', () => {
  test.each<[string, Connection, string, string, boolean]>([
    ['ours', v4, row(V4, V4, 1000), '', true],
    ["root's", v4, row(V4, V4, 0), '', true],
    ["another user's", v4, row(V4, V4, 1001), '', false],
    ['an IPv6 socket of ours', v6, '', row(V6, V6, 1000), true],
    ["an IPv6 socket of another user's", v6, '', row(V6, V6, 1001), false],
    ['an IPv4 client of a dual-stack server', mapped, row(V4, V4, 1000), '', true],
    ['an IPv4 client with an IPv6 socket', mapped, '', row(MAPPED, MAPPED, 1000), true],
    ['closed already, which the kernel shows as root', v4, row(V4, V4, 0, 0), '', false],
    ['in no table', v4, '', '', false],
    ['the server end of the same connection', v4, `   1: ${V4}:1F91 ${V4}:9C40 01 0 0 0 1000 0 77\n`, '', false],
    ['garbage', v4, 'what is this', '', false],
  ])('%s', async (_, connection, tcp, tcp6, expected) => {
    expect(await ownedByUs(connection, tables(tcp, tcp6), 1000)).toBe(expected);
  });

  test('the uid that stands for "no number for it here" is nobody, not even us', async () => {
    expect(await ownedByUs(v4, tables(row(V4, V4, 65_534)), 65_534)).toBe(false);
  });

  test('unknown where the tables cannot be read', async () => {
    expect(await ownedByUs(v4, () => Promise.reject(new Error('EACCES')), 0)).toBe(false);
  });

  test('one table that cannot be read does not hide the other', async () => {
    const read = (path: string) =>
      path.endsWith('6') ? Promise.reject(new Error('ENOENT')) : tables(row(V4, V4, 0))(path);
    expect(await ownedByUs(v4, read, 1000)).toBe(true);
  });
});

test.each<[Connection, boolean]>([
  [v4, true],
  [v6, true],
  [mapped, true],
  [{ ...v4, remoteAddress: '127.3.2.1' }, true],
  [{ ...v4, remoteAddress: '10.0.0.1' }, false],
  [{ ...v4, localAddress: '10.0.0.1' }, false],
  [{ ...v4, remoteAddress: '::127.0.0.1' }, false],
  [{ ...v4, remoteAddress: '1127.0.0.1' }, false],
  [{}, false], // a Unix socket, or a connection that is gone
])('loopback: %j is %s', (connection, expected) => {
  expect(isLoopback(connection)).toBe(expected);
});

/** Serves "view" to whom the guard trusts, as a status. */
async function trusting(options: Parameters<typeof createGuard>[0] = {}) {
  const guard = createGuard(options);
  return serve(async (req, res) => {
    const decision = await guard.authorize(req, 'view');
    res.writeHead(decision.allowed ? 200 : decision.status).end();
  });
}

const onLinux = process.platform === 'linux';

describe.skipIf(!onLinux)('over real sockets', () => {
  test('a process of ours is trusted', async () => {
    const { origin } = await trusting();
    expect((await fetch(origin)).status).toBe(200);
  });

  test('not where monTrustLoopback is off', async () => {
    const { origin } = await trusting({ trustLoopback: false });
    expect((await fetch(origin)).status).toBe(403);
  });

  test.each([
    ['Forwarded', 'for=10.0.0.1'],
    ['X-Forwarded-For', '127.0.0.1'],
    ['X-Forwarded-Host', 'a'],
    ['x-forwarded-proto', ''],
    ['Via', '1.1 proxy'],
    ['X-Real-IP', '127.0.0.1'],
    ['CF-Connecting-IP', '127.0.0.1'],
    ['True-Client-IP', '127.0.0.1'],
    ['X-Envoy-External-Address', '127.0.0.1'],
  ])('a request that a proxy passed on with %s is not', async (name, value) => {
    const { origin } = await trusting();
    expect((await fetch(origin, { headers: { [name]: value } })).status).toBe(403);
  });

  test.skipIf(process.getuid?.() !== 0)(
    'a process of another user is not trusted (needs root to start one)',
    async () => {
      const { origin } = await trusting();
      const script = `fetch(${JSON.stringify(origin)}).then(r => console.log(r.status))`;
      const child = spawn(process.execPath, ['-e', script], { uid: 65_533, gid: 65_533, cwd: '/', env: {} });
      let output = '';
      child.stdout.on('data', chunk => {
        output += chunk;
      });
      child.stderr.pipe(process.stderr);
      await once(child, 'close');
      expect(output.trim()).toBe('403');
    },
  );

  test('a socket that its process has closed belongs to nobody', async () => {
    const server = createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    await once(server, 'listening');
    const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
    const [peer] = (await once(server, 'connection')) as [Socket];
    onTestFinished(() => void peer.destroy());
    const { remoteAddress, remotePort, localAddress, localPort } = peer;
    const connection = { remoteAddress, remotePort, localAddress, localPort };
    expect(await ownedByUs(connection)).toBe(true);
    const ended = once(peer.resume(), 'end');
    client.destroy();
    await ended;
    expect(await ownedByUs(connection)).toBe(false);
  });
});
