/** null where the cluster does not know the request: what it is about is switched off. */
export async function unlessUnknown<T>(asked: Promise<T>): Promise<T | null> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'TROUPE_ERR_IPC_NO_HANDLER') return null;
    throw error;
  }
}
