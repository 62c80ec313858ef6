import { encode } from '@troupe/ipc/transport';
/** Why something was refused, for the process that asked. */
export function encodeRefusal({ code, message }: Error & { code?: unknown }): Buffer {
  return encode({ code, message }, 'the refusal');
}
