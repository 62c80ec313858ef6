import type { FrameLocator, Locator, Page } from 'playwright-core';
import { within } from './deadline.ts';

/** How long the list of files, and a file chosen from it, may take before it is tried anew, ms. */
const PATIENCE = 1_000;

/** Chrome's DevTools as a person uses it, in the frame of a session's page. */
export class DevTools {
  readonly #page: Page;
  readonly #frame: FrameLocator;

  constructor(page: Page) {
    this.#page = page;
    this.#frame = page.frameLocator('iframe[title=DevTools]');
  }

  /** Opens a file by its name, as Ctrl+P does; it may be a moment until DevTools has heard of it. */
  async open(file: string): Promise<void> {
    // A key that is pressed in the frame's body goes to what has the focus, which may be a field of the page around it.
    await this.#frame.getByRole('tab', { name: 'Sources' }).click();
    const files = this.#frame.locator('.filtered-list-widget-title');
    const tab = this.#frame.getByRole('tab', { name: file });
    const look = async () => {
      for (;;) {
        await this.#frame.locator('body').press('Control+p');
        // What is typed before there is a list is lost.
        if (await isDone(files.first().waitFor({ timeout: PATIENCE }))) {
          await this.#page.keyboard.type(file);
          // By mouse: the list is made anew while it is typed, and Enter takes nothing out of an empty one.
          const found = files.filter({ hasText: file }).first().click({ timeout: PATIENCE });
          if ((await isDone(found)) && (await isDone(tab.waitFor({ timeout: PATIENCE })))) return;
        }
        await this.#page.keyboard.press('Escape');
      }
    };
    await within(look(), `${file} in DevTools`);
  }

  /** Clicks beside a line. */
  async clickGutter(line: number): Promise<void> {
    const number = this.#frame.locator('.cm-lineNumbers .cm-gutterElement', { hasText: new RegExp(`^${line}$`) });
    await number.click();
    await this.#frame.locator('.cm-breakpoint').first().waitFor();
  }

  /** Selects a word by a double click on it, writes another one over it, and saves, as Ctrl+S does. */
  async replace(word: string, by: string): Promise<void> {
    await this.#frame.locator('.cm-line span', { hasText: word }).last().dblclick();
    await this.#page.keyboard.type(by);
    await this.#page.keyboard.press('Control+s');
  }

  /** What DevTools offers when it has lost its connection. */
  async reconnect(): Promise<void> {
    await this.#frame.getByRole('button', { name: 'Reconnect DevTools' }).click();
  }

  /** What the sidebar says of a pause. */
  get paused(): Locator {
    return this.#frame.getByText('Paused on breakpoint');
  }

  /** A variable in the Scope pane, with its value. */
  variable(name: string, value: string): Locator {
    return this.#frame.locator('.name-and-value', { hasText: `${name}: ${value}` }).first();
  }

  async press(key: 'F8' | 'F10'): Promise<void> {
    await this.#frame.locator('body').press(key);
  }

  /** The line where it stands, with what is written there. */
  executionLine(text: string): Locator {
    return this.#frame.locator('.cm-executionLine', { hasText: text });
  }
}

/** What may be missed is looked for again: the list does not grow by itself. */
const isDone = (act: Promise<void>): Promise<boolean> =>
  act.then(
    () => true,
    () => false,
  );
