import { malformed, noPeer, peerGone, tooManyRequests } from './errors.ts';
import type { Frame } from './frame.ts';
import { Ledger, MAX_REQUESTS } from './ledger.ts';
import { encodeFailure, encodeRouted } from './message.ts';
import { Kind } from './protocol.ts';
import type { Peer, Roster } from './roster.ts';
import { isGroup, nameOf } from './targets.ts';

/** Passes messages on, by their header alone: payloads are not read here. */
export class Router {
  readonly #roster: Roster;
  readonly #ledger = new Ledger();

  constructor(roster: Roster) {
    this.#roster = roster;
  }

  /** @throws TROUPE_ERR_IPC_MALFORMED when peers may not send that */
  take(from: Peer, frame: Frame): void {
    switch (frame.kind) {
      case Kind.event:
        this.#passOn(from, frame);
        break;
      case Kind.request:
        this.#ask(from, frame);
        break;
      case Kind.reply:
      case Kind.failure:
        this.#answer(from, frame);
        break;
      case Kind.cancel:
        this.#ledger.cancel(from, frame.correlation);
        break;
      default:
        throw malformed(`a peer may not send frames of kind ${frame.kind}`);
    }
  }

  /** Settles what waits for a peer that is gone. */
  leave(peer: Peer): void {
    for (const { asker, correlation } of this.#ledger.leave(peer))
      asker.send(encodeFailure({ correlation, source: peer.pid }, peerGone(peer.pid)));
  }

  #passOn(from: Peer, frame: Frame): void {
    const audience = this.#roster.audience(frame.targets(), from);
    const delivery = frame.toDelivery(from.pid, 0);
    for (const peer of audience) peer.send(delivery);
  }

  #ask(from: Peer, frame: Frame): void {
    const targets = frame.targets();
    const { correlation } = frame;
    const asked = this.#roster.asked(targets, from);
    const [only] = targets;
    const isSingle = targets.length === 1 && only !== undefined && !isGroup(only);
    if (isSingle && asked.length === 0) from.send(encodeFailure({ correlation }, noPeer(nameOf(only))));
    if (!isSingle) from.send(encodeRouted(correlation, asked));
    if (asked.length === 0) return;
    const entry = this.#ledger.open(from, correlation, new Set(asked));
    if (entry === undefined) {
      from.send(encodeFailure({ correlation }, tooManyRequests(MAX_REQUESTS)));
      return;
    }
    const delivery = frame.toDelivery(from.pid, entry.id);
    for (const peer of asked) peer.send(delivery);
  }

  #answer(from: Peer, frame: Frame): void {
    const entry = this.#ledger.answer(frame.correlation, from);
    // Nobody waits any more: the asker gave up or is gone.
    if (entry === undefined) return;
    entry.asker.send(frame.toDelivery(from.pid, entry.correlation));
  }
}
