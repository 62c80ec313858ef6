import { preferredType } from '@troupe/guard';
import { badQuery } from './errors.ts';
import { FORMATS, type Format, type Question } from './question.ts';

const KNOWN = ['depth', 'package', 'format'];
/** Longer than any name and range that npm takes. */
const MAX_PACKAGE = 300;

/**
 * @param accept the Accept header; counts where the query names no format
 * @throws TROUPE_ERR_DEPS_QUERY
 */
export function questionOf(query: URLSearchParams, accept: string | undefined): Question {
  for (const key of query.keys()) {
    if (!KNOWN.includes(key)) throw badQuery(`There is no "${key}" here. Use ${KNOWN.join(', ')}.`);
    if (query.getAll(key).length > 1) throw badQuery(`"${key}" was given more than once.`);
  }
  const question = {
    format: formatOf(query.get('format'), accept),
    depth: depthOf(query.get('depth')),
    package: packageOf(query.get('package')),
  };
  const isBom = question.format === 'cyclonedx' || question.format === 'spdx';
  if (isBom && (question.depth ?? question.package) !== undefined) {
    throw badQuery(
      `A bill of materials is of everything: leave "depth" and "package" out, or "format=${question.format}".`,
    );
  }
  if (question.depth !== undefined && question.package !== undefined) {
    throw badQuery('Give "depth" or "package": the ways to a package are told in full.');
  }
  return question;
}

function formatOf(text: string | null, accept: string | undefined): Format {
  if (text === null) return preferredType(accept, ['application/json', 'text/html']) === 'text/html' ? 'html' : 'json';
  const format = FORMATS.find(known => known === text);
  if (!format) throw badQuery(`"format" is one of ${FORMATS.join(', ')}; given was "${text}".`);
  return format;
}

function depthOf(text: string | null): number | undefined {
  if (text === null) return undefined;
  if (!/^\d{1,4}$/.test(text)) throw badQuery(`"depth" is a whole number, 0 or more; given was "${text}".`);
  return Number(text);
}

function packageOf(text: string | null): string | undefined {
  if (text === null) return undefined;
  if (text.length > MAX_PACKAGE || !/^(@[^\s/@]+\/)?[^\s/@]+(@\S.*)?$/.test(text)) {
    throw badQuery(
      `"package" is a name, or name@range, such as "ms" or "@types/node@^20"; given was "${text.slice(0, MAX_PACKAGE)}".`,
    );
  }
  return text;
}
