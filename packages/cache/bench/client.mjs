/** One process of several: does what the benchmark asks it to, and says when it is done. */
import { connect } from '@troupe/cache';
import { ioredis, troupe } from './peers.mjs';

const { cacheSocket, redisSocket } = JSON.parse(process.argv[2]);
connect(cacheSocket);
const ways = {
  far: troupe('text', { near: { maxEntries: 0 } }),
  near: troupe('text'),
  ioredis: ioredis(redisSocket),
};

const works = {
  gets: async (way, keys) => Promise.all(keys.map(key => ways[way].getText(key))),
  sets: async (way, keys) => Promise.all(keys.map(key => ways[way].setText(key))),
};

process.on('message', async ({ work, way, keys, bursts }) => {
  for (let i = 0; i < bursts; i++) await works[work](way, keys);
  process.send('done');
});
process.once('disconnect', () => process.exit());
process.send('ready');
