import type { WebSocket } from 'ws';
import { type Command, failure, toCommand } from '../inspector/messages.ts';
import { AgentConnection } from './agent-connection.ts';
import { type Capability, refusal } from './capabilities.ts';
import type { Reported, Reporter } from './reporter.ts';
import { type MapPlace, withReachableMap } from './scripts.ts';

/** Bytes that may wait for the browser before the worker's agent has to wait, and with it the worker's answers. */
const HIGH_WATER = 8 * 1024 * 1024;
const LOW_WATER = 1024 * 1024;
/** How often a browser that lags is looked after, ms. */
const DRAIN_PERIOD = 20;
/** A WebSocket's status for an end that is no fault of the other side. */
const GOING_AWAY = 1001;
/** What DevTools asks by itself, again and again: nobody has done anything. */
const POLLED: ReadonlySet<string> = new Set(['Runtime.getHeapUsage', 'Runtime.getIsolateId']);

export interface BridgeOptions {
  webSocket: WebSocket;
  /** The private socket of the worker's agent. */
  agent: string;
  capability: Capability;
  reporter: Reporter;
  maps: MapPlace;
  /** Told of what runs code or reads secrets. */
  audit(action: string, details?: Record<string, unknown>): void;
}

/** Between a browser's DevTools and a worker's agent: what is not allowed is answered here. */
export class Bridge implements Reported {
  readonly #options: BridgeOptions;
  readonly #agent: AgentConnection;
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
    this.#options.reporter.remove(this);
    this.#options.audit('debug detach');
  }

  #fromBrowser(text: string): void {
    let command: Command;
    try {
      command = toCommand(text);
    } catch (problem) {
      return this.end(problem instanceof Error ? problem.message : String(problem));
    }
    const { capability, reporter, audit } = this.#options;
    const refused = refusal(capability, command);
    if (refused !== undefined) return this.#toBrowser(failure(command.id, refused, -32_601));
    if (!POLLED.has(command.method)) reporter.noteActivity();
    auditCommand(command, audit);
    this.#agent.send(command);
  }

  #fromWorker(line: string): void {
    // Messages begin with their method, so that hardly any is decoded on the way.
    if (line.startsWith('{"method":"Debugger.paused"')) this.#become(true);
    else if (line.startsWith('{"method":"Debugger.resumed"')) this.#become(false);
    this.#toBrowser(withReachableMap(line, this.#options.maps));
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

const MOST_EXPRESSION = 200;

/** One line for each command that runs code, changes it, or takes memory away. What V8 keeps from having effects is none. */
function auditCommand({ method, params = {} }: Command, audit: BridgeOptions['audit']): void {
  switch (method) {
    case 'Runtime.evaluate':
    case 'Debugger.evaluateOnCallFrame':
    case 'Runtime.callFunctionOn': {
      if ('throwOnSideEffect' in params && params.throwOnSideEffect === true) return;
      const text = 'expression' in params ? params.expression : Reflect.get(params, 'functionDeclaration');
      return audit('debug evaluate', { method, code: String(text).slice(0, MOST_EXPRESSION) });
    }
    case 'Debugger.setScriptSource':
      return audit('debug edit', { script: Reflect.get(params, 'scriptId') });
    case 'HeapProfiler.takeHeapSnapshot':
      return audit('debug snapshot');
  }
}
