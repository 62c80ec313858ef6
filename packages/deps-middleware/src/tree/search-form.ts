import { type Html, html } from './html.ts';

/** Works without the script, too: then it leads to the page that says why. */
export function searchForm(value: string): Html {
  return html`<form class="search" role="search">
<label for="search">Package</label>
<input id="search" name="package" type="search" value="${value}" placeholder="express, @types/node@^20" required autocomplete="off" autocapitalize="off" spellcheck="false" aria-keyshortcuts="/">
<button>Why is it here?</button>
<span id="matches" class="quiet" role="status"></span>
</form>`;
}
