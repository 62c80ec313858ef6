import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import type { Verdict } from './verdict.ts';

/** How long HAProxy may take to read a line and go, ms. */
const PATIENCE = 2_000;
const MAX_CONNECTIONS = 100;

/**
 * The line HAProxy's agent-check reads, by the section `agent-check` of its configuration manual. What an agent set, only
 * the agent takes back: so it says `ready` whenever it does not say `maint` or `drain`, and `up` when not `down`.
 *
 * Marked down is `maint`, shutting down is `drain` (persistent sessions may finish), any other reason is `down`; else the
 * weight is the share of workers that are ready, at least 1 % since 0 % would be another word for drain.
 */
export function agentLine({ up, report }: Verdict): string {
  if (report?.phase === 'stopping') return 'drain\n';
  if (report?.mark === 'down') return 'maint\n';
  if (!up || !report) return 'ready down\n';
  const share = report.wanted > 0 ? report.ready / report.wanted : 1;
  return `ready up ${Math.min(100, Math.max(1, Math.round(share * 100)))}%\n`;
}

/** A TCP server that tells whoever connects one line, and closes. It does not keep the process alive. */
export class Agent {
  /** Where it listens; rejects when it cannot, for instance with EADDRINUSE. */
  readonly listening: Promise<AddressInfo>;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  constructor(port: number, verdict: () => Promise<Verdict>, report: (problem: Error) => void) {
    this.#server = createServer(socket => this.#answer(socket, verdict));
    this.#server.maxConnections = MAX_CONNECTIONS;
    this.#server.unref();
    this.listening = new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, () => {
        this.#server.off('error', reject);
        this.#server.on('error', report);
        resolve(this.#server.address() as AddressInfo);
      });
    });
    // Whoever awaits `listening` gets the rejection, too; nobody has to.
    this.listening.catch(report);
  }

  /** Resolves when the port is free. */
  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>(resolve => this.#server.close(() => resolve()));
  }

  #answer(socket: Socket, verdict: () => Promise<Verdict>): void {
    this.#sockets.add(socket);
    socket.unref();
    socket.setTimeout(PATIENCE, () => socket.destroy());
    // A checker that hangs up early is its own business.
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#sockets.delete(socket));
    // What `agent-send` sends is read and not used: closing with unread bytes would reset the connection.
    socket.resume();
    verdict().then(found => socket.end(agentLine(found)));
  }
}
