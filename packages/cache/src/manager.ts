/** The cache manager, for those who start it: in a process (`CacheManager`), or as one (`StandaloneManager`). */
export { CacheManager, type CacheManagerOptions } from './manager/manager.ts';
export { StandaloneManager, type StandaloneOptions } from './standalone.ts';
