import { parentPort, workerData } from 'node:worker_threads';
import type { Inquiry, Reading, Reply, Subject } from '../reading.ts';
import { answer } from './answer.ts';
import { type Installation, readInstallation } from './installation.ts';

/** Answers inquiries until the thread is ended. The tree stays in memory meanwhile: another question is cheap. */
export function serve(): void {
  const subject: Subject = workerData;
  let latest: { generation: number; installation: Promise<Installation> } | undefined;

  const read = async ({ question, generation }: Inquiry): Promise<Reading> => {
    if (latest?.generation !== generation) latest = { generation, installation: readInstallation(subject) };
    const installation = await latest.installation;
    return { text: answer(question, installation), source: installation.source };
  };
  parentPort?.on('message', async (inquiry: Inquiry) => parentPort?.postMessage(await reply(inquiry, read)));
}

async function reply(inquiry: Inquiry, read: (inquiry: Inquiry) => Promise<Reading>): Promise<Reply> {
  try {
    return { id: inquiry.id, reading: await read(inquiry) };
  } catch (error) {
    return { id: inquiry.id, error };
  }
}
