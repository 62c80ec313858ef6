// The thread's own file: everything that loads @npmcli/arborist is below it.
import { haveHome } from './tree/home.ts';

haveHome();
const { serve } = await import('./tree/serve.ts');
serve();
