/** One process of several: reads all keys as often as the benchmark asks it to, and says when it has. */
import { connect } from '@troupe/cache';
import { ioredis, troupe } from './peers.mjs';

const { cacheSocket, redisSocket, texts } = JSON.parse(process.argv[2]);
connect(cacheSocket);
const ways = {
  far: troupe('text', { near: { maxEntries: 0 } }),
  near: troupe('text'),
  ioredis: ioredis(redisSocket),
};

process.on('message', async ({ way, bursts }) => {
  for (let i = 0; i < bursts; i++) await Promise.all(texts.map(key => ways[way].getText(key)));
  process.send('done');
});
process.once('disconnect', () => process.exit());
process.send('ready');
