export { type Agent, startAgent } from './inspector/agent.ts';
