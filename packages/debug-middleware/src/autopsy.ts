export { examine } from './autopsy/examine.ts';
export { growingClasses } from './autopsy/growth.ts';
