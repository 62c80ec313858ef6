import { fork } from 'node:child_process';
import { once } from 'node:events';
import { chmod, lstat, mkdir, readdir, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Broker } from '../src/broker.ts';
import { createRunDirectory } from '../src/run-directory.ts';
import { readyClient, temporaryDirectory } from './helpers.ts';

const uid = process.getuid?.() ?? 0;
const unsafe = { code: 'TROUPE_ERR_IPC_UNSAFE_DIRECTORY' };
const modeOf = async (path: string) => (await lstat(path)).mode & 0o777;

/** A real master, in a process of its own, with its run directory under `base`. */
async function startMaster(base: string) {
  const child = fork(new URL('fixtures/master.mjs', import.meta.url), [base]);
  const exited = once(child, 'exit');
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await exited;
  });
  const [{ directory, socket }] = (await once(child, 'message')) as [{ directory: string; socket: string }];
  const kill = async () => {
    child.kill('SIGKILL');
    await exited;
  };
  return { directory, socket, kill };
}

describe('the run directory', () => {
  it('is private, and its sockets are', async () => {
    const base = await temporaryDirectory();
    const directory = await createRunDirectory({ base });
    expect(directory.path).toBe(join(base, `troupe-${uid}`, `${process.pid}`));
    expect(await modeOf(join(base, `troupe-${uid}`))).toBe(0o700);
    expect(await modeOf(directory.path)).toBe(0o700);
    const broker = await Broker.listen(directory.socket('bus'));
    expect(await modeOf(broker.path)).toBe(0o600);
    await broker.close();
    expect(await readdir(directory.path)).toEqual([]);
    await directory.remove();
    expect(await readdir(join(base, `troupe-${uid}`))).toEqual([]);
  });

  it('gets another name when a process of another pid namespace has ours', async () => {
    const base = await temporaryDirectory();
    const [one, two] = [await createRunDirectory({ base }), await createRunDirectory({ base })];
    expect(two.path).toBe(`${one.path}-2`);
  });

  it('is exactly the one that was asked for, and is removed only if it was created and is empty', async () => {
    const path = join(await temporaryDirectory(), 'known');
    const directory = await createRunDirectory({ path });
    expect(directory.path).toBe(path);
    expect(await modeOf(path)).toBe(0o700);
    await writeFile(join(path, 'mine'), '');
    await directory.remove();
    expect(await readdir(path)).toEqual(['mine']);
    await (await createRunDirectory({ path })).remove();
    expect(await readdir(path)).toEqual(['mine']);
  });

  it('is refused when others could reach into it, when it is a link or no directory', async () => {
    const base = await temporaryDirectory();
    const open = join(base, 'open');
    await mkdir(open);
    await chmod(open, 0o755);
    await expect(createRunDirectory({ path: open })).rejects.toMatchObject(unsafe);

    await mkdir(join(base, 'target'), { mode: 0o700 });
    await symlink(join(base, 'target'), join(base, 'link'));
    await expect(createRunDirectory({ path: join(base, 'link') })).rejects.toMatchObject(unsafe);
    await symlink(join(base, 'target'), join(base, `troupe-${uid}`));
    await expect(createRunDirectory({ base })).rejects.toMatchObject(unsafe);

    await writeFile(join(base, 'file'), '');
    await expect(createRunDirectory({ path: join(base, 'file') })).rejects.toMatchObject(unsafe);
  });

  it.skipIf(uid !== 0)('is refused when it belongs to somebody else', async () => {
    const { chown } = await import('node:fs/promises');
    const path = join(await temporaryDirectory(), 'foreign');
    await mkdir(path, { mode: 0o700 });
    await chown(path, 12_345, 12_345);
    await expect(createRunDirectory({ path })).rejects.toMatchObject({
      ...unsafe,
      message: expect.stringContaining('user 12345'),
    });
  });

  it('of another master is swept only when that master is dead', async () => {
    const base = await temporaryDirectory();
    const [living, dying] = [await startMaster(base), await startMaster(base)];
    await dying.kill();
    // As if it had died a while ago: sockets that are just being made are left alone.
    const past = new Date(Date.now() - 60_000);
    await Promise.all([living, dying].map(({ socket }) => utimes(socket, past, past)));
    const own = await createRunDirectory({ base });
    await own.sweep();
    expect((await readdir(join(base, `troupe-${uid}`))).map(name => join(base, `troupe-${uid}`, name)).sort()).toEqual(
      [own.path, living.directory].sort(),
    );
    await readyClient(living.socket);
  });

  it('leaves alone what has no socket, or one that is just being made', async () => {
    const base = await temporaryDirectory();
    const dying = await startMaster(base);
    await dying.kill();
    await mkdir(join(base, `troupe-${uid}`, 'fresh'));
    const own = await createRunDirectory({ base });
    await own.sweep();
    expect(await readdir(join(base, `troupe-${uid}`))).toHaveLength(3);
  });

  it.each(['', '..', 'a/b', '../x', '.hidden'])('has no socket named %j', async name => {
    const directory = await createRunDirectory({ base: await temporaryDirectory() });
    expect(() => directory.socket(name)).toThrow(expect.objectContaining({ code: 'TROUPE_ERR_IPC_BAD_ARGUMENT' }));
  });

  it('says when a path is too long for a socket', async () => {
    const path = join(await temporaryDirectory(), 'x'.repeat(90));
    const directory = await createRunDirectory({ path });
    const tooLong = expect.objectContaining({ code: 'TROUPE_ERR_IPC_PATH_TOO_LONG' });
    expect(() => directory.socket('a-socket-with-a-name')).toThrow(tooLong);
    await expect(Broker.listen(join(path, 'a-socket-with-a-name'))).rejects.toEqual(tooLong);
  });
});

describe('the socket', () => {
  it('of a killed master is replaced', async () => {
    const base = await temporaryDirectory();
    const master = await startMaster(base);
    await master.kill();
    const broker = await Broker.listen(master.socket);
    onTestFinished(() => broker.close());
    await readyClient(master.socket);
  });

  it('of a living master is not', async () => {
    const master = await startMaster(await temporaryDirectory());
    await expect(Broker.listen(master.socket)).rejects.toMatchObject({
      code: 'TROUPE_ERR_IPC_SOCKET_IN_USE',
      message: expect.stringContaining(master.socket),
    });
    await readyClient(master.socket);
  });

  it('does not take the place of a file', async () => {
    const path = join(await temporaryDirectory(), 'file');
    await writeFile(path, 'precious');
    await expect(Broker.listen(path)).rejects.toThrow();
    expect(await readdir(join(path, '..'))).toEqual(['file']);
  });
});

it('names a directory that cannot be created, and what to do', async () => {
  const path = join(await temporaryDirectory(), 'is not there', 'own');
  await expect(createRunDirectory({ path })).rejects.toMatchObject({
    code: 'TROUPE_ERR_IPC_NO_DIRECTORY',
    message: expect.stringMatching(/is not there\/own, for .* ENOENT.* Set TROUPE_RUN_DIR/),
    cause: { code: 'ENOENT' },
  });
});
