/** Why the server refused, as it says it: in a sentence, or in JSON. */
export async function reasonIn(response: Response): Promise<string> {
  if (!response.headers.get('content-type')?.startsWith('application/json')) return (await response.text()).trim();
  const { error } = (await response.json()) as { error: { message: string } };
  return error.message;
}
