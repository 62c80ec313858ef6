import type { IncomingMessage } from 'node:http';

/** Bytes of a form; a token is short. */
const MAX_FORM = 4_096;

/** The fields of a posted form. A form that is too long is read as an empty one, and the rest of it is not kept. */
export async function readForm(req: IncomingMessage): Promise<URLSearchParams> {
  // A body parser in front of us has emptied the stream already.
  if ('body' in req && typeof req.body === 'object' && req.body !== null) {
    return new URLSearchParams(Object.entries(req.body).filter(isTextField));
  }
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of req) {
    size += chunk.length;
    if (size > MAX_FORM) chunks.length = 0;
    else chunks.push(chunk);
  }
  return new URLSearchParams(Buffer.concat(chunks).toString('utf8'));
}

function isTextField(field: [string, unknown]): field is [string, string] {
  return typeof field[1] === 'string';
}
