/** How long a test waits for anything unless it says otherwise, ms. Long: CI has two cores, and nobody waits in vain when all is well. */
const DEADLINE = 20_000;

/** Settles with `promise`, or rejects with what was waited for. */
export async function within<T>(promise: Promise<T>, what: string | (() => string), deadline = DEADLINE): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`waited ${deadline} ms in vain for ${typeof what === 'string' ? what : what()}`));
    }, deadline);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
