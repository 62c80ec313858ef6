// The thread's own file: everything that loads @npmcli/arborist is below it.
import { serve } from './tree/serve.ts';

serve();
