import { readFile } from 'node:fs/promises';

/** The blocks of code of a Markdown file that are in one of these languages, in their order. */
export async function codeBlocks(file: string, ...languages: readonly string[]): Promise<string[]> {
  const blocks = (await readFile(file, 'utf8')).matchAll(/^```(\w+)\n(.*?)^```$/gms);
  return [...blocks].flatMap(([, language = '', code = '']) => (languages.includes(language) ? [code] : []));
}
