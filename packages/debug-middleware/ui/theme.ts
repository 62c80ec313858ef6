/** Light or dark, as the system says; loaded before anything is painted. */
const dark = matchMedia('(prefers-color-scheme: dark)');

function apply(): void {
  document.documentElement.dataset.bsTheme = dark.matches ? 'dark' : 'light';
}

apply();
dark.addEventListener('change', apply);
