import { escapeHtml } from '@troupe/guard';
import { readUi } from './ui-files.ts';

/** Nothing from elsewhere, no inline script or style; forms only lead back here. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  'img-src data:',
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

export const PAGE_HEADERS = { 'content-security-policy': POLICY, 'referrer-policy': 'no-referrer', vary: 'Accept' };

/**
 * The page around its main element.
 * @param base what the assets are below, seen from the page
 */
export async function toDocument(main: string, base: string): Promise<string> {
  const template = await readUi('page.html');
  return template.replaceAll('{base}', () => escapeHtml(base)).replace('{main}', () => main);
}
