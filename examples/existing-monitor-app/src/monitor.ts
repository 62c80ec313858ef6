/**
 * The same monitor application in a process of its own. It reaches the cluster over the socket in `TROUPE_SOCKET`, sees
 * what the master sees, and is still there when the cluster is not.
 */
import { createServer } from 'node:http';
import { createMonitorApp } from './monitor-app.ts';

const server = createServer(createMonitorApp());
server.listen(Number(process.env.PORT ?? 8091), () => {
  console.log('Monitor listens on', server.address());
});
