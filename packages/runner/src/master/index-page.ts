import type { IncomingMessage, ServerResponse } from 'node:http';
import { availableParallelism, freemem, hostname, loadavg, totalmem } from 'node:os';
import { escapeHtml, type Guard, preferredType, refuse } from '@troupe/guard';
import type { Client } from '@troupe/ipc';
import type { Settings } from '../options/settle.ts';
import { hasLivePage } from './live-page.ts';
import type { Middleware } from './monitor.ts';

const STYLE = [
  ':root{color-scheme:light dark;background:light-dark(#fff,#12141a);color:light-dark(#1b1f2a,#e8eaf0)}',
  'body{font:16px/1.5 system-ui;max-width:36rem;margin:12vh auto;padding:0 1rem}',
  'a{color:light-dark(#3b5bdb,#8ea5ff)}dt{font-weight:600}dd{margin:0 0 .75rem}',
].join('');

/** Made when somebody looks: no start waits for node:crypto. */
function contentSecurityPolicy(): string {
  const hash = process.getBuiltinModule('node:crypto').createHash('sha256').update(STYLE).digest('base64');
  return [
    "default-src 'none'",
    `style-src 'sha256-${hash}'`,
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

/** What is on the monitor, for people; and the cluster as it is, for machines. */
export function indexPage(settings: Settings, client: Client, guard: Guard): Middleware {
  const links = linksOf(settings);
  return (req, res, next) => {
    if ((req.url ?? '/').split('?', 1)[0] !== '/') next();
    else answer(req, res, { client, guard, links }).catch(next);
  };
}

/** A path, and what is there. */
type Link = readonly [path: string, sentence: string];

/** What is on. */
function linksOf(settings: Settings): Link[] {
  const page: Link[] = [
    ['/debug', 'The live page of the cluster.'],
    ['/help', 'How workers are replaced and debugged, in pictures.'],
  ];
  const { ecv, metrics } = settings;
  const probe: Link[] = ecv ? [[ecv.root, 'The health check: 200 when traffic should come, 500 when not.']] : [];
  const measured: Link[] = metrics ? [[metrics.path, 'What the cluster measures, for Prometheus.']] : [];
  const deps: Link = ['/deps', 'The packages that the application is made of.'];
  return [...(hasLivePage(settings) ? page : []), ...probe, ...measured, deps];
}

async function answer(
  req: IncomingMessage,
  res: ServerResponse,
  { client, guard, links }: { client: Client; guard: Guard; links: readonly Link[] },
): Promise<void> {
  const decision = await guard.authorize(req, 'view');
  if (!decision.allowed) return refuse(req, res, decision);
  const cluster = await report(client);
  const type = preferredType(req.headers.accept, ['application/json', 'text/html']);
  const body =
    type === 'text/html'
      ? html(cluster, links, decision.logout)
      : `${JSON.stringify({ ...cluster, links: Object.fromEntries(links) }, null, 2)}\n`;
  res.writeHead(200, {
    'content-type': `${type}; charset=utf-8`,
    'content-security-policy': contentSecurityPolicy(),
    'cache-control': 'no-store',
    vary: 'Accept',
    'x-content-type-options': 'nosniff',
  });
  res.end(req.method === 'HEAD' ? undefined : body);
}

type Report = Awaited<ReturnType<typeof report>>;

async function report(client: Client) {
  const [cluster, traffic, workers, vitals, exits] = await Promise.all([
    client.request('master', 'cluster.report', undefined),
    client.request('master', 'traffic.report', undefined),
    client.request('master', 'workers.list', undefined),
    client.request('master', 'workers.vitals', undefined),
    client.request('master', 'workers.exits', undefined),
  ]);
  const beats = new Map(vitals.map(beat => [beat.pid, beat]));
  return {
    host: {
      name: hostname(),
      cores: availableParallelism(),
      load: loadavg(),
      memory: { free: freemem(), total: totalmem() },
    },
    cluster,
    traffic,
    workers: workers.map(worker => ({ ...worker, heartbeat: beats.get(worker.pid) })),
    exits,
  };
}

function html({ host, traffic }: Report, links: readonly Link[], logout: string | undefined): string {
  const verdict = traffic.up ? 'Up.' : `Down: ${traffic.reasons.join(' ')}`;
  const list = links.map(([path, sentence]) => {
    const link = escapeHtml(path);
    return `<dt><a href="${link}">${link}</a></dt><dd>${escapeHtml(sentence)}</dd>`;
  });
  const leave =
    logout === undefined ? '' : `<form method="post" action="${escapeHtml(logout)}"><button>Log out</button></form>`;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escapeHtml(host.name)} – Troupe</title><style>${STYLE}</style></head>
<body><main><h1>Monitor of ${escapeHtml(host.name)}</h1><p>${escapeHtml(verdict)} ${traffic.ready} of ${traffic.wanted} workers take traffic.</p><dl>${list.join('')}</dl>${leave}</main></body></html>
`;
}
