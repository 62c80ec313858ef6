import { runAgent } from './inspector/agent-thread.ts';

runAgent();
