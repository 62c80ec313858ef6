/** `cluster2/cache`. */
export * from '@troupe/cache';
