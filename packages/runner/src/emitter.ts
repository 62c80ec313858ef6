/** `cluster2/emitter`. */
export * from '@troupe/ipc/emitter';
