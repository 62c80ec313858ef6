/** `cluster2/ecv`. */
export { ecv, enable } from '@troupe/ecv-middleware';
