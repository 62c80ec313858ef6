import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import axe, { type AxeResults } from 'axe-core';
import { type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { onTestFinished } from 'vitest';

const EXECUTABLE = process.env.CHROMIUM ?? '/usr/bin/chromium';
const QUIET = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
];

/** A real Chromium with a profile of its own; `close` it when the file's tests are over. */
export async function launchBrowser(): Promise<{ context: BrowserContext; close(): Promise<void> }> {
  if (!existsSync(EXECUTABLE)) {
    throw new Error(
      `There is no ${EXECUTABLE}: install Chromium ("apt-get install chromium"), or name it in CHROMIUM.`,
    );
  }
  const profile = await mkdtemp(join(tmpdir(), 'troupe-chromium-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: EXECUTABLE,
    headless: true,
    args: QUIET,
  });
  const close = async () => {
    await context.close();
    await rm(profile, { recursive: true, force: true });
  };
  return { context, close };
}

/** A page, and what it did that a page must not do. */
export interface Watched {
  page: Page;
  /** Errors of scripts and of the policy, warnings, and requests that failed or went to another host. */
  complaints: string[];
}

/** Opens a page that is closed when the test is over. */
export async function openPage(
  context: BrowserContext,
  url: string,
  emulate: Pick<BrowserContextOptions, 'colorScheme' | 'viewport'> = {},
): Promise<Watched> {
  const page = await context.newPage();
  onTestFinished(() => page.close());
  const complaints: string[] = [];
  const { host } = new URL(url);
  page.on('console', message => {
    if (['error', 'warning'].includes(message.type())) complaints.push(`${message.text()} (${message.location().url})`);
  });
  page.on('pageerror', error => void complaints.push(String(error)));
  page.on('request', request => {
    const { protocol, host: other } = new URL(request.url());
    if (protocol !== 'data:' && other !== host) complaints.push(`a request to ${request.url()}`);
  });
  page.setDefaultTimeout(10_000);
  if (emulate.viewport) await page.setViewportSize(emulate.viewport);
  if (emulate.colorScheme) await page.emulateMedia({ colorScheme: emulate.colorScheme });
  await page.goto(url);
  return { page, complaints };
}

/** What axe holds to be a serious or critical obstacle for people with disabilities, in the light or in the dark. */
export async function seriousFindings(page: Page): Promise<string[]> {
  // Not by a script element: the page's policy would not let it run.
  await page.evaluate(axe.source);
  const findings: string[] = [];
  for (const colorScheme of ['dark', 'light'] as const) {
    // A colour that is still changing is neither the one nor the other.
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    const { violations } = (await page.evaluate('axe.run()')) as AxeResults;
    const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
    for (const { id, nodes } of serious) {
      findings.push(`${id}, ${colorScheme}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`);
    }
  }
  return findings;
}
