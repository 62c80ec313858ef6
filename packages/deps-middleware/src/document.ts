import { escapeHtml } from '@troupe/guard';

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
 * The document around a main element.
 * @param assets where stylesheet and script are, seen from the page
 */
export function toDocument(main: string, assets: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Dependencies</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="${escapeHtml(assets)}/page.css">
<script type="module" src="${escapeHtml(assets)}/page.js"></script>
</head>
<body>
<main>
${main}
</main>
</body>
</html>
`;
}
