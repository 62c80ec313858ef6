import { byId } from './dom.ts';

/** Shows one section at a time, by the part of the address behind `#`, so that the browser's Back works. */
export function tabs<Name extends string>(names: readonly Name[], shown: (name: Name) => void): void {
  const show = () => {
    const current = names.find(name => location.hash === `#${name}`) ?? names[0];
    if (current === undefined) return;
    for (const name of names) byId(name).hidden = name !== current;
    for (const link of byId('tabs').querySelectorAll('a')) {
      if (link.hash === `#${current}`) link.setAttribute('aria-current', 'page');
      else link.removeAttribute('aria-current');
    }
    shown(current);
  };
  addEventListener('hashchange', show);
  show();
}
