import { hostname } from 'node:os';
import type { Verdict } from './verdict.ts';

/** Who answers: what cluster2's line says besides the state. */
export interface Here {
  ip: string;
  port: string;
  time: number;
}

/** cluster2's line, which scripts read: no line end, nothing escaped. */
export function textBody({ up }: Verdict, { ip, port, time }: Here): string {
  const state = up ? 'status=AVAILABLE&ServeTraffic=true' : 'status=DISABLED&ServeTraffic=false';
  return `${state}&ip=${ip}&hostname=${hostname()}&port=${port}&time=${timestamp(time)}`;
}

/** @param detailed for those who may know why; a load balancer only learns up or down */
export function jsonBody({ up, since, reasons, report }: Verdict, { time }: Here, detailed: boolean): string {
  const plain = {
    status: up ? 'AVAILABLE' : 'DISABLED',
    serveTraffic: up,
    since: new Date(since).toISOString(),
    time: new Date(time).toISOString(),
  };
  if (!detailed) return JSON.stringify(plain);
  const { mark, phase, ready, wanted, minWorkers, address } = report ?? {};
  return JSON.stringify({ ...plain, reasons, mark, phase, ready, wanted, minWorkers, address });
}

/**
 * A time as cluster2 spelled it, `Fri May 18 2012 09:49:32 GMT-0700`, but without the name of the zone: that is in the
 * system's language, and a header only takes Latin.
 */
export function timestamp(time: number): string {
  return new Date(time).toString().replace(/ \(.*\)$/, '');
}
