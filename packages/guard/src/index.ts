export { preferredType } from './accept.ts';
export { type Access, includes } from './access.ts';
export type { AuditEntry } from './audit.ts';
export { configureDefaultGuard, defaultGuard } from './default-guard.ts';
export { GuardOptionError, type Refusal } from './errors.ts';
export { escapeHtml } from './escape-html.ts';
export { type Admission, createGuard, type Decision, type Guard, type GuardOptions } from './guard.ts';
export { refuse } from './refuse.ts';
export { type Middleware, requires } from './requires.ts';
