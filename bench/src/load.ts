import { Agent, request } from 'node:http';

/** Sends `count` requests over `connections` keep-alive connections; rejects on anything but 200. */
export async function load(port: number, connections: number, count: number): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  let left = count;
  const lane = async () => {
    while (left-- > 0) await send(port, agent);
  };
  await Promise.all(Array.from({ length: connections }, lane));
  agent.destroy();
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
