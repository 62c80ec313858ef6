import { Agent, request } from 'node:http';

/** So many connections to each server that is sent to, which stay open. */
export const connections = (count: number): Agent => new Agent({ keepAlive: true, maxSockets: count });

/** Sends `count` requests over the agent's connections, one at a time on each; rejects on anything but 200. */
export async function load(port: number, agent: Agent, count: number): Promise<void> {
  let left = count;
  const lane = async () => {
    while (left-- > 0) await send(port, agent);
  };
  await Promise.all(Array.from({ length: agent.maxSockets }, lane));
}

function send(port: number, agent: Agent): Promise<void> {
  return new Promise((resolve, reject) => {
    const req = request({ port, agent, host: '127.0.0.1' }, res => {
      res.resume();
      res.on('end', () => (res.statusCode === 200 ? resolve() : reject(new Error(`status ${res.statusCode}`))));
    });
    req.on('error', reject);
    req.end();
  });
}
