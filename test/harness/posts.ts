import { createHash, randomBytes } from 'node:crypto';
import { Agent, request } from 'node:http';

/** How a client behaves between its requests. */
export type Shape = 'back-to-back' | 'connection per request' | 'idle gaps';

const BODY = 16 * 1024;
/** Gaps of 1 to 50 ms: the length in which a server that closes idle connections at once is caught out. */
const gap = () => 1 + Math.random() * 49;

/**
 * Clients that POST 16 KB each time and check the id and the digest of every answer: so a lost, damaged or mixed-up
 * answer is seen.
 */
export class Posts {
  answered = 0;
  readonly failed: string[] = [];
  readonly #lanes: Promise<void>[];
  #running = true;

  constructor(port: number, lanes: Record<Shape, number>) {
    this.#lanes = (Object.entries(lanes) as [Shape, number][]).flatMap(([shape, count]) =>
      Array.from({ length: count }, (_, n) => this.#lane(port, shape, `${shape} ${n}`)),
    );
  }

  async stop(): Promise<void> {
    this.#running = false;
    await Promise.all(this.#lanes);
  }

  async #lane(port: number, shape: Shape, name: string): Promise<void> {
    const agent = shape === 'connection per request' ? false : new Agent({ keepAlive: true, maxSockets: 1 });
    const body = randomBytes(BODY);
    const digest = createHash('sha1').update(body).digest('hex');
    for (let n = 0; this.#running; n++) {
      const id = `${name} ${n}`;
      const answer = await post(port, agent, id, body);
      if (answer === `200 ${id} ${digest}`) this.answered += 1;
      else this.failed.push(`${id}: ${answer}`);
      if (shape === 'idle gaps') await new Promise(resolve => setTimeout(resolve, gap()));
    }
    if (agent) agent.destroy();
  }
}

function post(port: number, agent: Agent | false, id: string, body: Buffer): Promise<string> {
  return new Promise(resolve => {
    const req = request({ port, host: '127.0.0.1', method: 'POST', agent, headers: { 'x-id': id } }, res => {
      res.setEncoding('latin1');
      let text = '';
      res.on('data', (chunk: string) => {
        text += chunk;
      });
      res.on('end', () => resolve(`${res.statusCode} ${text}`));
      res.on('error', error => resolve(String(error)));
    });
    req.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    req.end(body);
  });
}
