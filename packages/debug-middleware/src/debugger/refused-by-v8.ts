/** What V8 answers to an edit that it does not take, by its status, for the person. */
const REASONS: Readonly<Record<string, string>> = {
  BlockedByActiveFunction:
    'A function that it changes is running, or called the one where the program stands: let it return, and save again.',
  BlockedByActiveGenerator:
    'An async function or a generator that it changes has begun and not ended: let it end, and save again.',
  BlockedByTopLevelEsModuleChange:
    'What a module does when it is loaded is done already: change the file itself, and reload the cluster.',
};

/** Why V8 has not carried out `Debugger.setScriptSource`; undefined when it has. */
export function refusedByV8(result: object): string | undefined {
  const { status, exceptionDetails } = result as Answer;
  if (exceptionDetails !== undefined) {
    const { lineNumber, exception, text } = exceptionDetails;
    const [problem = text] = (exception?.description ?? text).split('\n');
    return `It is no code: ${problem.replace(/^Uncaught /, '')}, line ${lineNumber + 1}.`;
  }
  // Older versions say nothing when all is well.
  if (status === undefined || status === 'Ok') return undefined;
  return REASONS[status] ?? `V8 answers ${status}.`;
}

interface Answer {
  status?: string;
  exceptionDetails?: { text: string; lineNumber: number; exception?: { description?: string } };
}
