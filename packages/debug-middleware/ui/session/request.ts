/** A request as the person describes it. */
export interface Sent {
  method: string;
  path: string;
  headers: [string, string][];
  body: string;
}

/** One header a line; lines that are none are left out. */
export function parseHeaders(text: string): [string, string][] {
  return text.split('\n').flatMap(line => {
    const [, name, value] = /^\s*([\w!#$%&'*+.^`|~-]+)\s*:\s*(.*?)\s*$/.exec(line) ?? [];
    return name === undefined || value === undefined ? [] : [[name, value] as [string, string]];
  });
}

/** The same request as a command for a shell; the token, where one is needed, is left to its variable. */
export function curlFor(base: string, { method, path, headers, body }: Sent): string {
  const options = [
    ...(method === 'GET' ? [] : [method === 'HEAD' ? '--head' : `-X ${method}`]),
    ...headers.map(([name, value]) => `-H ${quoted(`${name}: ${value}`)}`),
    ...(body === '' ? [] : [`--data-raw ${quoted(body)}`]),
    '-H "Authorization: Bearer $TROUPE_MON_TOKEN"',
  ];
  return `curl -i ${options.join(' ')} ${quoted(base + path)}`;
}

const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;
