/** `cluster2/status`. */
export * from '@troupe/ipc/status';
