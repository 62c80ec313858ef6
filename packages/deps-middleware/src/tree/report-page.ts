import { licenseOf } from './components.ts';
import { type Html, html } from './html.ts';
import type { Installation } from './installation.ts';
import { type Listed, list } from './list.ts';
import { brokenManifest } from './npm-ls.ts';
import { searchForm } from './search-form.ts';

/** The main element of the page about everything: what is wrong, the tree, and what is here in several versions. */
export function reportPage(installation: Installation, depth: number | undefined): string {
  const { root, problems } = list(installation, depth);
  const wrong = [...brokenManifest(installation), ...problems];
  const several = inSeveralVersions(installation);
  return html`<header>
<h1>${root.item.name ?? root.name} <span class="version">${root.item.version}</span></h1>
<p>${count(installed(installation).length, 'package')}, ${root.children.length} direct${depth === undefined ? '' : html`, ${count(depth, 'level')} deep (<a href="?">all</a>)`}
<a href="#problems" class="chip ${wrong.length > 0 ? 'bad' : 'good'}">${wrong.length > 0 ? count(wrong.length, 'problem') : 'no problems'}</a>
${several.length > 0 && html`<a href="#several" class="chip">${several.length} in several versions</a>`}</p>
<p class="downloads"><a href="?format=json">JSON</a> <a href="?format=cyclonedx" download>CycloneDX</a> <a href="?format=spdx" download>SPDX</a></p>
</header>
${searchForm('')}
<section id="problems" aria-label="Problems">${
    wrong.length > 0 &&
    html`<h2>Problems</h2>
<ul class="problems">${wrong.map(problem)}</ul>`
  }</section>
<section aria-labelledby="tree-title">
<h2 id="tree-title">Tree</h2>
<p id="folding" class="folding" hidden><button type="button" id="open-all">Open all</button> <button type="button" id="close-all">Close all</button></p>
<ul id="tree" class="tree">${root.children.map(branch)}</ul>
${root.children.length === 0 && html`<p class="quiet">Nothing is installed, and nothing is asked for.</p>`}
</section>
${
  several.length > 0 &&
  html`<section id="several" aria-labelledby="several-title">
<h2 id="several-title">In several versions</h2>
<ul class="several">${several.map(([name, versions]) => html`<li>${whyLink(name, html`${name}`)} <span class="version">${versions.join(', ')}</span></li>`)}</ul>
</section>`
}`.text;
}

function branch(listed: Listed): Html {
  const { name, item, children } = listed;
  const row = html`<span class="name">${name}</span> <span class="version">${item.version}</span> ${badges(listed)}`;
  const folded = children.length > 0;
  return html`<li data-package="${name}@${item.version}">${whyLink(name, html`why<span class="unseen"> is ${name} here</span>?`)}${
    folded
      ? html`<details><summary>${row}</summary><ul>${children.map(branch)}</ul></details>`
      : html`<div class="leaf">${row}</div>`
  }</li>`;
}

function badges({ item, node, edge, wanted, again }: Listed): Html[] {
  const kind =
    edge && edge.type !== 'prod'
      ? html`<span class="badge">${edge.type === 'peerOptional' ? 'peer, optional' : edge.type}</span> `
      : html``;
  const absent = edge?.optional ? 'not installed' : `missing: ${wanted}`;
  return [
    kind,
    !node ? html`<span class="${edge?.optional ? 'badge' : 'badge bad'}">${absent}</span> ` : html``,
    item.invalid ? html`<span class="badge bad">invalid: ${item.invalid}</span> ` : html``,
    item.extraneous ? html`<span class="badge warn">extraneous</span> ` : html``,
    item.overridden ? html`<span class="badge">overridden</span> ` : html``,
    node?.isLink && !node.isWorkspace ? html`<span class="badge">link</span> ` : html``,
    again ? html`<span class="quiet">deduped</span> ` : html``,
    node && !again ? html`<span class="quiet license">${licenseOf(node.package)}</span>` : html``,
  ];
}

function problem(text: string): Html {
  const [kind = '', ...rest] = text.split(': ');
  return html`<li><span class="badge ${kind === 'extraneous' ? 'warn' : 'bad'}">${kind}</span> ${rest.join(': ')}</li>`;
}

const whyLink = (name: string, text: Html): Html =>
  html`<a class="why" href="?package=${encodeURIComponent(name)}">${text}</a>`;

const installed = ({ root }: Installation) =>
  [...root.inventory.values()].filter(node => !node.isLink && !node.isProjectRoot);

function inSeveralVersions(installation: Installation): [string, string[]][] {
  const versions = new Map<string, Set<string>>();
  for (const { packageName, version } of installed(installation)) {
    versions.set(packageName, (versions.get(packageName) ?? new Set()).add(version));
  }
  return [...versions]
    .filter(([, all]) => all.size > 1)
    .map(([name, all]): [string, string[]] => [name, [...all].sort(byVersion)])
    .sort(([a], [b]) => a.localeCompare(b, 'en'));
}

const byVersion = new Intl.Collator('en', { numeric: true }).compare;
const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? '' : 's'}`;
