import type { Worker as ClusterWorker } from 'node:cluster';
import { EventEmitter } from 'node:events';
import type { ConnectionHandle } from '../src/accept/line.ts';
import { COMMAND, type FromMaster, type FromWorker } from '../src/accept/messages.ts';

/** A connection that says whether this process still holds it. */
export class FakeConnection implements ConnectionHandle {
  readonly name: string;
  closed = false;

  constructor(name: string) {
    this.name = name;
  }

  close(): void {
    this.closed = true;
  }
}

type Message = { [act in FromMaster['act']]: Extract<FromMaster, { act: act }> };
type Sent = { message: FromMaster; connection: FakeConnection | undefined };

/** A worker as the master sees it: what it is sent can be looked at, and what it says is said by the test. */
export class FakeWorker extends EventEmitter {
  readonly id: number;
  readonly process = new Channel();
  #connected = true;

  constructor(id: number) {
    super();
    this.id = id;
  }

  get asWorker(): ClusterWorker {
    return this as unknown as ClusterWorker;
  }

  isConnected(): boolean {
    return this.#connected;
  }

  /** The connections that it was handed, by name. */
  get handed(): string[] {
    return this.process.sent.flatMap(({ connection }) => connection?.name ?? []);
  }

  /** How many connections it was handed. */
  get handOvers(): number {
    return this.process.sent.filter(({ message }) => message.act === 'connection').length;
  }

  /** The last message of this kind that it was sent. */
  last<Act extends FromMaster['act']>(act: Act): Message[Act] {
    const found = this.process.sent.findLast(({ message }) => message.act === act);
    if (!found) throw new Error(`worker ${this.id} was sent no ${act}`);
    return found.message as Message[Act];
  }

  /** Node's receipt, which the channel sends by itself. */
  receive(cmd: 'NODE_HANDLE_ACK' | 'NODE_HANDLE_NACK' = 'NODE_HANDLE_ACK'): void {
    this.process.emit('internalMessage', { cmd });
  }

  receiveAll(): void {
    let before: number;
    do {
      before = this.handOvers;
      this.receive();
    } while (this.handOvers > before);
  }

  say(message: FromWorker extends infer Each ? (Each extends FromWorker ? Omit<Each, 'cmd'> : never) : never): void {
    this.process.emit('internalMessage', { cmd: COMMAND, ...message });
  }

  giveBack(connection: FakeConnection, key: string): void {
    const { seq } = this.last('connection');
    this.process.emit('internalMessage', { cmd: COMMAND, act: 'returned', seq, key }, connection);
  }

  disconnect(): void {
    this.#connected = false;
    this.emit('disconnect');
  }

  exit(): void {
    this.#connected = false;
    this.process.emit('exit');
  }
}

class Channel extends EventEmitter {
  readonly sent: Sent[] = [];
  /** What becomes of the next messages: `queued` is what Node does while a handle before is not received. */
  fate: 'sent' | 'queued' | Error = 'sent';

  send(
    message: FromMaster,
    connection: FakeConnection | undefined,
    _options: object,
    done: (error: Error | null) => void,
  ) {
    if (!(this.fate instanceof Error)) this.sent.push({ message, connection });
    if (this.fate !== 'queued') done(this.fate === 'sent' ? null : this.fate);
  }
}
