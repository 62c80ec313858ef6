import type { IncomingMessage } from 'node:http';
import { type Middleware, requires } from '@troupe/guard';
import { Answers } from './answers.ts';
import { PAGE_HEADERS, toDocument } from './document.ts';
import { DepsError } from './errors.ts';
import { type DepsOptions, withDefaults } from './options.ts';
import { questionOf } from './query.ts';
import { Reader } from './reader.ts';
import { type Route, routeOf, wayToAssets } from './route.ts';
import { type Answer, send } from './send.ts';
import { ASSETS, readUi } from './ui-files.ts';

export interface DepsMiddleware extends Middleware {
  /** Ends the thread, if there is one. */
  close(): Promise<void>;
}

/**
 * What the application is made of, as Connect and Express middleware: `npm ls` as JSON and as a page, why a package is
 * there, and bills of materials. Everything needs `view`.
 * @throws TROUPE_ERR_DEPS_OPTIONS
 */
export function deps(options: DepsOptions = {}): DepsMiddleware {
  const { root, path: directory, guard, idle, timeout } = withDefaults(options);
  const reader = new Reader({ directory, omitDev: process.env.NODE_ENV === 'production' }, { idle, timeout });
  const answers = new Answers(reader, directory);
  const admit = requires('view', guard);
  const middleware: Middleware = (req, res, next) => {
    const route = routeOf(req.url ?? '/', root);
    if (!route) return next();
    admit(req, res, error => {
      if (error !== undefined) return next(error);
      answer(req, route, answers).then(found => send(req, res, found), next);
    });
  };
  return Object.assign(middleware, { close: () => reader.close() });
}

async function answer(req: IncomingMessage, route: Route, answers: Answers): Promise<Answer> {
  if (req.method !== 'GET' && req.method !== 'HEAD') {
    return { ...text(405, 'Use GET or HEAD.'), headers: { allow: 'GET, HEAD' } };
  }
  if ('asset' in route) return { type: ASSETS[route.asset], body: await readUi(route.asset) };
  try {
    return await report(req, route.query, answers);
  } catch (error) {
    if (!(error instanceof DepsError)) throw error;
    if (error.code === 'TROUPE_ERR_DEPS_QUERY') return text(400, error.message);
    // Its message names directories, which are for the log only.
    process.emitWarning(error);
    return text(500, 'The dependencies could not be read; a warning of this process says why.');
  }
}

async function report(req: IncomingMessage, query: URLSearchParams, answers: Answers): Promise<Answer> {
  const question = questionOf(query, req.headers.accept);
  const body = await answers.to(question);
  switch (question.format) {
    case 'html':
      return { type: 'text/html', headers: PAGE_HEADERS, body: await toDocument(body, wayToAssets(urlOf(req))) };
    case 'cyclonedx':
      return { type: 'application/vnd.cyclonedx+json; version=1.6', headers: saveAs('bom.cdx.json'), body };
    case 'spdx':
      return { type: 'application/spdx+json', headers: saveAs('bom.spdx.json'), body };
    case 'json':
      return { type: 'application/json', headers: { vary: 'Accept' }, body };
  }
}

/** The URL that was asked for; Express and Connect take the mount path off `url`. */
const urlOf = (req: IncomingMessage & { originalUrl?: string }): string => req.originalUrl ?? req.url ?? '/';

const saveAs = (name: string) => ({ 'content-disposition': `attachment; filename="${name}"` });

const text = (status: number, sentence: string): Answer => ({ status, type: 'text/plain', body: `${sentence}\n` });
