import { type Deferred, deferred } from '@troupe/ipc';
import type { WebSocket } from 'ws';
import { messageOf } from '../errors.ts';
import { type Command, failure, toCommand } from '../inspector/messages.ts';
import type { SessionNotice } from '../view.ts';
import { AgentConnection } from './agent-connection.ts';
import { auditCommand, takesSnapshot } from './audited.ts';
import { type Capability, MOST_NAME, type Refusal, refusal } from './capabilities.ts';
import { InOrder } from './in-order.ts';
import { LiveEdit } from './live-edit.ts';
import type { Reported, Reporter } from './reporter.ts';
import { type MapPlace, withReachableMap } from './scripts.ts';

/** Bytes that may wait for the browser before the worker's agent has to wait, and with it the worker's answers. */
const HIGH_WATER = 8 * 1024 * 1024;
const LOW_WATER = 1024 * 1024;
/** How often a browser that lags is looked after, ms. */
const DRAIN_PERIOD = 20;
/** A WebSocket's status for an end that is no fault of the other side. */
const GOING_AWAY = 1001;
export const IN_ROTATION =
  'A heap snapshot stops the worker for seconds, and doubles its memory: debug it out of rotation first.';
/** Beyond what any debugger counts up to, so that our own commands have numbers of their own. */
const FIRST_OWN_ID = 2 ** 52;
const OWN_ANSWER = /^\{"id":4503599\d{9},/;
/** Lines about what was refused that are remembered, so as not to be written again. */
const MOST_REFUSALS = 1_000;
/** What DevTools asks by itself, again and again: nobody has done anything. */
const POLLED: ReadonlySet<string> = new Set(['Runtime.getHeapUsage', 'Runtime.getIsolateId']);

export interface BridgeOptions {
  webSocket: WebSocket;
  /** The private socket of the worker's agent. */
  agent: string;
  capability: Capability;
  reporter: Reporter;
  maps: MapPlace;
  /** The worker is out of rotation. */
  aside: boolean;
  /** Whether live edits are written to their files. */
  saveLiveEdit: boolean;
  /** Tells the person something, on the page of the session. */
  say(notice: SessionNotice): void;
  /** Told of what runs code or reads secrets. */
  audit(action: string, details?: Record<string, unknown>): void;
}

/** Between a browser's DevTools and a worker's agent: what is not allowed is answered here. */
export class Bridge implements Reported {
  readonly #options: BridgeOptions;
  readonly #agent: AgentConnection;
  readonly #liveEdit: LiveEdit;
  readonly #fromV8 = new InOrder(line => this.#toBrowser(line));
  /** What was asked for our own purposes. */
  readonly #asked = new Map<number, Deferred<object>>();
  /** What was refused, and why, as it was logged. */
  readonly #refused = new Set<string>();
  #nextId = FIRST_OWN_ID;
  #paused = false;
  #drain: NodeJS.Timeout | undefined;

  constructor(options: BridgeOptions) {
    this.#options = options;
    const { webSocket, agent, reporter } = options;
    this.#agent = new AgentConnection(agent, {
      message: line => this.#fromWorker(line),
      closed: () => this.end('the worker has ended, or let go'),
    });
    webSocket.on('message', data => this.#fromBrowser(String(data)));
    this.#liveEdit = new LiveEdit({
      save: options.saveLiveEdit,
      root: options.maps.root,
      ask: (method, params) => this.#ask(method, params),
      say: notice => this.#say(notice),
    });
    // `close` follows.
    webSocket.on('error', () => undefined);
    webSocket.once('close', () => this.#closed());
    reporter.add(this);
  }

  get paused(): boolean {
    return this.#paused;
  }

  end(why: string): void {
    this.#options.webSocket.close(GOING_AWAY, why.slice(0, 100));
    this.#agent.close();
  }

  #closed(): void {
    clearInterval(this.#drain);
    this.#agent.close();
    for (const asked of this.#asked.values()) asked.reject(new Error('the session has ended'));
    this.#options.reporter.remove(this);
    this.#options.audit('debug detach');
  }

  #fromBrowser(text: string): void {
    let command: Command;
    try {
      command = toCommand(text);
    } catch (problem) {
      return this.end(messageOf(problem));
    }
    const { capability, reporter, audit } = this.#options;
    const refused = refusal(capability, command) ?? this.#refusalHere(command);
    if (refused !== undefined) return this.#refuse(command, refused);
    if (!POLLED.has(command.method)) reporter.noteActivity();
    auditCommand(command, audit);
    if (command.method === 'Debugger.setScriptSource') void this.#edit(command);
    else this.#agent.send(command);
  }

  /** Of what depends on this session. */
  #refusalHere(command: Command): Refusal | undefined {
    if (command.id >= FIRST_OWN_ID || command.id < 0)
      return { message: 'the id of a command is a small number', code: -32_600 };
    return !this.#options.aside && takesSnapshot(command) ? { message: IN_ROTATION, code: -32_000 } : undefined;
  }

  #refuse({ id, method }: Command, { message, code }: Refusal): void {
    this.#toBrowser(failure(id, message, code));
    // DevTools asks each worker for the same things that only a browser has: said once, they say enough.
    const line = { method: method.slice(0, MOST_NAME), why: message };
    const said = JSON.stringify(line);
    if (this.#refused.has(said)) return;
    if (this.#refused.size < MOST_REFUSALS) this.#refused.add(said);
    this.#options.audit('debug refused', line);
  }

  async #edit(command: Command): Promise<void> {
    const { id } = command;
    try {
      this.#toBrowser(JSON.stringify({ id, result: await this.#liveEdit.edit(command) }));
    } catch (problem) {
      const message = messageOf(problem);
      this.#say({ text: `Not edited: ${message}`, failed: true, reloadHelps: false });
      this.#toBrowser(failure(id, message));
    }
  }

  /** Asks V8 in this session, beside what the browser asks. */
  #ask(method: string, params: object): Promise<object> {
    const id = this.#nextId++;
    const asked = deferred<object>();
    this.#asked.set(id, asked);
    this.#agent.send({ id, method, params });
    return asked.promise;
  }

  #answered(line: string): void {
    const { id, result, error } = JSON.parse(line) as { id: number; result?: object; error?: { message: string } };
    const asked = this.#asked.get(id);
    this.#asked.delete(id);
    if (error) asked?.reject(new Error(error.message));
    else asked?.resolve(result ?? {});
  }

  /** On the page, and as a line in the browser's console, as if the program had written it. */
  #say(notice: SessionNotice): void {
    this.#toBrowser(
      JSON.stringify({
        method: 'Runtime.consoleAPICalled',
        params: {
          type: notice.failed ? 'warning' : 'info',
          args: [{ type: 'string', value: `Troupe: ${notice.text}` }],
          executionContextId: 1,
          timestamp: Date.now(),
        },
      }),
    );
    this.#options.say(notice);
  }

  #fromWorker(line: string): void {
    // Messages begin with their method, so that hardly any is decoded on the way.
    if (OWN_ANSWER.test(line)) return this.#answered(line);
    this.#liveEdit.note(line);
    if (line.startsWith('{"method":"Debugger.paused"')) this.#become(true);
    else if (line.startsWith('{"method":"Debugger.resumed"')) this.#become(false);
    this.#fromV8.push(withReachableMap(line, this.#options.maps));
  }

  #become(paused: boolean): void {
    this.#paused = paused;
    this.#options.reporter.tell();
  }

  #toBrowser(line: string): void {
    const { webSocket } = this.#options;
    webSocket.send(line);
    if (this.#drain !== undefined || webSocket.bufferedAmount < HIGH_WATER) return;
    this.#agent.flow(false);
    this.#drain = setInterval(() => {
      if (webSocket.bufferedAmount > LOW_WATER) return;
      clearInterval(this.#drain);
      this.#drain = undefined;
      this.#agent.flow(true);
    }, DRAIN_PERIOD);
  }
}
