/** An IPv4 address that reached a dual-stack server, as people write it: `127.0.0.1`, not `::ffff:127.0.0.1`. */
export function plainAddress(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, '');
}
