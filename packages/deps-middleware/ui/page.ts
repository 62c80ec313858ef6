// The page works without this: it makes the search live, and opens and closes the tree as a whole.

const tree = document.getElementById('tree');
const search = document.getElementById('search');
if (tree && search instanceof HTMLInputElement) enhance(tree, search);

function enhance(tree: HTMLElement, search: HTMLInputElement): void {
  const packages = [...tree.querySelectorAll<HTMLLIElement>('li')];
  const matches = document.getElementById('matches');

  const filter = (): void => {
    const wanted = search.value.trim().toLowerCase();
    const found = new Set(
      packages.filter(item => wanted !== '' && item.dataset.package?.toLowerCase().includes(wanted)),
    );
    const around = new Set([...found].flatMap(item => ancestors(item, tree)));
    for (const item of packages) {
      item.hidden = wanted !== '' && !found.has(item) && !around.has(item);
      item.classList.toggle('found', found.has(item));
      const details = item.querySelector<HTMLDetailsElement>(':scope > details');
      if (details) details.open = around.has(item);
    }
    if (matches) matches.textContent = wanted === '' ? '' : `${found.size} in the tree`;
  };

  const openAll = (open: boolean): void => {
    for (const details of tree.querySelectorAll('details')) details.open = open;
  };

  let frame = 0;
  search.addEventListener('input', () => {
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(filter);
  });
  document.addEventListener('keydown', event => {
    if (event.key !== '/' || event.target === search || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    search.focus();
  });
  document.getElementById('open-all')?.addEventListener('click', () => openAll(true));
  document.getElementById('close-all')?.addEventListener('click', () => openAll(false));
  document.getElementById('folding')?.removeAttribute('hidden');
  // A reload keeps what was typed.
  if (search.value !== '') filter();
}

/** The entries that an entry stands in. */
function ancestors(item: Element, tree: Element): Element[] {
  const outer = item.parentElement?.closest('li');
  return outer && tree.contains(outer) ? [outer, ...ancestors(outer, tree)] : [];
}
