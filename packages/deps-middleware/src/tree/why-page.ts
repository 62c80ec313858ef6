import { type Html, html } from './html.ts';
import type { Installation } from './installation.ts';
import { searchForm } from './search-form.ts';
import { type Finding, type Step, why } from './why.ts';

const MAX_SIMILAR = 30;

/** The main element of the page about one package: the ways from the application to it. */
export function whyPage(installation: Installation, wanted: string): string {
  const { package: name, found } = why(installation, wanted);
  return html`<header>
<p><a href="?">All dependencies</a></p>
<h1>Why is ${name} here?</h1>
</header>
${searchForm(name)}
${found.length > 0 ? found.map(finding) : notHere(name, installation)}`.text;
}

function finding({ name, version, location, missing, extraneous, ways, more }: Finding): Html {
  return html`<section>
<h2>${name} <span class="version">${version}</span> ${missing && html`<span class="badge bad">missing</span>`}</h2>
${location !== undefined && html`<p class="quiet">in ${location}</p>`}
${ways.length === 0 && html`<p>Nothing asks for it${extraneous && ': it is extraneous, and npm prune would remove it'}.</p>`}
<ol class="ways">${ways.map(way => html`<li>${way.map(step)}</li>`)}</ol>
${more && html`<p class="quiet">There are more ways than these, and longer ones.</p>`}
</section>`;
}

function step({ name, version, wanted, type }: Step): Html {
  if (wanted === undefined) return html`<span class="name">${name}</span>`;
  const kind = type === 'prod' ? '' : type;
  // Where a workspace is, is told by npm as a file: URL; that it is one says it better.
  const reason = type === 'workspace' ? kind : `for ${wanted} ${kind}`;
  return html` <span class="wants"><span class="unseen">wants</span> <span aria-hidden="true">›</span></span> <a class="name" href="?package=${encodeURIComponent(name)}">${name}</a> <span class="version">${version ?? 'missing'}</span> <span class="quiet">${reason}</span>`;
}

function notHere(wanted: string, { root }: Installation): Html {
  const names = new Set([...root.inventory.values()].filter(node => !node.isProjectRoot).map(node => node.name));
  const part = wanted.replace(/(?<=.)@.*$/, '').toLowerCase();
  const similar = [...names]
    .filter(name => name.toLowerCase().includes(part))
    .sort()
    .slice(0, MAX_SIMILAR);
  return html`<section><p>${wanted} is not installed, and nothing asks for it.</p>
${similar.length > 0 && html`<p>These are:</p><ul class="several">${similar.map(name => html`<li><a href="?package=${encodeURIComponent(name)}">${name}</a></li>`)}</ul>`}</section>`;
}
