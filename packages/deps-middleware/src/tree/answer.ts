import type { Question } from '../question.ts';
import { cyclonedx } from './cyclonedx.ts';
import type { Installation } from './installation.ts';
import { npmLs } from './npm-ls.ts';
import { reportPage } from './report-page.ts';
import { spdx } from './spdx.ts';
import { why } from './why.ts';
import { whyPage } from './why-page.ts';

/** The text of an answer; for `html` what stands in the page's main element. */
export function answer({ format, depth, package: name }: Question, installation: Installation): string {
  switch (format) {
    case 'html':
      return name === undefined ? reportPage(installation, depth) : whyPage(installation, name);
    case 'cyclonedx':
      return toJson(cyclonedx(installation));
    case 'spdx':
      return toJson(spdx(installation));
    case 'json':
      return toJson(name === undefined ? npmLs(installation, depth) : why(installation, name));
  }
}

const toJson = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;
