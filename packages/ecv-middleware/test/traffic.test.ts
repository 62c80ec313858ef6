import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Traffic } from '../src/index.ts';

function at(options: ConstructorParameters<typeof Traffic>[0] = {}) {
  const clock = { now: 1_000 };
  return { clock, traffic: new Traffic({ ...options, now: () => clock.now }) };
}

test('the life of a cluster, as a load balancer sees it', () => {
  const { clock, traffic } = at({ minWorkers: 2 });
  const transcript: string[] = [];
  const see = (what: string) => {
    clock.now += 1;
    const { up, since, reasons } = traffic.report();
    transcript.push(`${what} → ${up ? 'up' : 'down'} since ${since}${reasons.map(reason => ` | ${reason}`).join('')}`);
  };
  see('begins');
  traffic.workers(0, 3);
  see('forks 3');
  traffic.workers(2, 3);
  see('2 are ready');
  traffic.workers(3, 3);
  see('3 are ready');
  traffic.serving();
  see('serves');
  traffic.workers(2, 3);
  see('loses one');
  traffic.workers(1, 3);
  see('loses another');
  traffic.mark('down', 'Ada');
  see('is marked down');
  traffic.workers(3, 3);
  see('has them back');
  traffic.mark('up', 'Ada');
  see('is marked up');
  traffic.stopping();
  see('stops');
  traffic.workers(0, 0);
  see('is empty');
  expect(transcript).toEqual([
    'begins → down since 1000 | Starting: 0 of 0 workers have warmed up.',
    'forks 3 → down since 1000 | Starting: 0 of 3 workers have warmed up.',
    '2 are ready → down since 1000 | Starting: 2 of 3 workers have warmed up.',
    '3 are ready → down since 1000 | Starting: 3 of 3 workers have warmed up.',
    'serves → up since 1004',
    'loses one → up since 1004',
    'loses another → down since 1006 | Ready: 1 of 3 workers; minWorkers asks for 2.',
    'is marked down → down since 1006 | Marked down by Ada. | Ready: 1 of 3 workers; minWorkers asks for 2.',
    'has them back → down since 1006 | Marked down by Ada.',
    'is marked up → up since 1009',
    'stops → down since 1010 | Shutting down.',
    'is empty → down since 1010 | Shutting down.',
  ]);
});

test('whatever happens: up means without reasons, and since is when up last changed', () => {
  const event = fc.oneof(
    fc.constantFrom('starting' as const, 'serving' as const, 'stopping' as const, 'up' as const, 'down' as const),
    fc.tuple(fc.nat(4), fc.nat(4)),
  );
  fc.assert(
    fc.property(fc.array(event, { maxLength: 40 }), fc.nat(3), (events, minWorkers) => {
      const { clock, traffic } = at({ minWorkers });
      let last = traffic.report();
      for (const happens of events) {
        clock.now += 1;
        if (typeof happens !== 'string') traffic.workers(...happens);
        else if (happens === 'up' || happens === 'down') traffic.mark(happens, 'x');
        else traffic[happens]();
        const report = traffic.report();
        expect(report.up).toBe(report.reasons.length === 0);
        expect(report.since).toBe(report.up === last.up ? last.since : clock.now);
        expect(report.up).toBe(report.phase === 'serving' && report.mark === 'up' && report.ready >= minWorkers);
        last = report;
      }
    }),
  );
});

describe('listeners', () => {
  test('hear each change until they stop', () => {
    const { traffic } = at();
    const heard: boolean[] = [];
    const stop = traffic.onChange(report => heard.push(report.up));
    traffic.workers(1, 1);
    traffic.serving();
    stop();
    traffic.stopping();
    expect(heard).toEqual([false, true]);
  });
});

test('a process without a cluster is its own worker', () => {
  expect(Traffic.ofThisProcess().report()).toMatchObject({ up: true, ready: 1, wanted: 1, phase: 'serving' });
  expect(Traffic.ofThisProcess({ mark: 'down' }).report().reasons).toEqual(['Marked down by the configuration.']);
});

test('says where the application listens', () => {
  const { traffic } = at();
  traffic.listening({ port: 8080, protocol: 'http' });
  expect(traffic.report().address).toEqual({ port: 8080, protocol: 'http' });
});
