import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeFrame, type Frame } from '../src/frame.ts';
import { FrameReader } from '../src/frame-reader.ts';
import { Kind } from '../src/protocol.ts';

const u32 = fc.integer({ min: 0, max: 0xffff_ffff });
const fields = fc.record({
  kind: fc.constantFrom(...Object.values(Kind)),
  correlation: u32,
  source: u32,
  targets: fc.array(u32, { maxLength: 255 }),
  payload: fc.uint8Array({ maxLength: 300 }),
});

function show(frame: Frame) {
  const { kind, correlation, source } = frame;
  return {
    kind,
    correlation,
    source,
    targets: frame.targets(),
    payload: [...frame.bytes.subarray(frame.payload, frame.end)],
  };
}

/** What a reader makes of these chunks. */
function read(chunks: readonly Buffer[], maxFrame = 1 << 20) {
  const frames: ReturnType<typeof show>[] = [];
  const problems: string[] = [];
  const reader = new FrameReader(maxFrame, {
    frame: frame => frames.push(show(frame)),
    malformed: problem => problems.push(problem),
  });
  for (const chunk of chunks) reader.push(Buffer.from(chunk));
  return { frames, problems };
}

describe('frames', () => {
  it('are the same however the stream is split', () => {
    fc.assert(
      fc.property(
        fc.array(fields, { maxLength: 6 }),
        fc.array(fc.nat({ max: 9000 }), { maxLength: 12 }),
        (sent, cuts) => {
          const stream = Buffer.concat(sent.map(({ payload, ...rest }) => encodeFrame(rest, payload)));
          const points = [0, ...cuts.map(cut => cut % (stream.length + 1)).sort((a, b) => a - b), stream.length];
          const chunks = points.slice(1).map((point, i) => stream.subarray(points[i], point));
          const { frames, problems } = read(chunks);
          expect(problems).toEqual([]);
          expect(frames).toEqual(sent.map(frame => ({ ...frame, payload: [...frame.payload] })));
        },
      ),
    );
  });

  it('are the same when every byte comes alone', () => {
    const stream = Buffer.concat([
      encodeFrame({ kind: Kind.event, targets: [1, 2] }, Buffer.alloc(9000, 7)),
      encodeFrame({ kind: Kind.cancel, correlation: 5 }),
    ]);
    const { frames } = read(Array.from(stream, byte => Buffer.of(byte)));
    expect(frames.map(frame => [frame.kind, frame.payload.length])).toEqual([
      [Kind.event, 9000],
      [Kind.cancel, 0],
    ]);
  });

  it('of any bytes never throw, and nothing follows what is malformed', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 100 }), { maxLength: 10 }), chunks => {
        const { problems } = read(chunks.map(chunk => Buffer.from(chunk)));
        expect(problems.length).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('that are too large are refused by their length alone', () => {
    const start = Buffer.alloc(4);
    start.writeUInt32BE(1000);
    expect(read([start], 1003).problems).toEqual(['it has 1004 bytes, and 1003 are allowed']);
    expect(read([start.subarray(0, 2), start.subarray(2)], 1003).problems).toHaveLength(1);
    expect(read([start], 1004)).toEqual({ frames: [], problems: [] });
  });

  it('that promise much take memory only for what has come', () => {
    const start = Buffer.alloc(4);
    start.writeUInt32BE(2 ** 30);
    const readers = Array.from({ length: 1000 }, () => {
      const reader = new FrameReader(2 ** 31, { frame: () => undefined, malformed: () => undefined });
      const before = process.memoryUsage().arrayBuffers;
      reader.push(Buffer.from(start));
      reader.push(Buffer.alloc(10));
      return process.memoryUsage().arrayBuffers - before;
    });
    expect(Math.max(...readers)).toBeLessThan(1 << 20);
  });

  it('are copied a linear number of times while they arrive in small pieces', () => {
    const size = 8 * 1024 * 1024;
    const stream = encodeFrame({ kind: Kind.event }, Buffer.alloc(size));
    const chunks = Array.from({ length: Math.ceil(stream.length / 1024) }, (_, i) =>
      stream.subarray(i * 1024, (i + 1) * 1024),
    );
    let arrived = 0;
    const reader = new FrameReader(1 << 30, {
      frame: frame => {
        arrived = frame.end - frame.payload;
      },
      malformed: () => undefined,
    });
    const start = performance.now();
    for (const chunk of chunks) reader.push(chunk);
    expect(arrived).toBe(size);
    // Copying all that has come for each piece would move 32 GiB: seconds, where this takes milliseconds.
    expect(performance.now() - start).toBeLessThan(2_000);
  });

  it.each([
    ['kind 0', { kind: 0 as Kind }],
    ['an unknown kind', { kind: 200 as Kind }],
  ])('of %s are malformed', (_what, header) => {
    expect(read([encodeFrame(header)]).problems).toHaveLength(1);
  });

  it('that are shorter than their targets are malformed', () => {
    const frame = encodeFrame({ kind: Kind.event });
    frame[5] = 3;
    expect(read([frame]).problems).toEqual(['it is shorter than its targets']);
  });

  it('turn into deliveries: no targets, the true sender, the payload in place', () => {
    fc.assert(
      fc.property(fields, u32, u32, ({ payload, ...rest }, pid, correlation) => {
        let delivery: Buffer = Buffer.alloc(0);
        const reader = new FrameReader(1 << 20, {
          frame: frame => {
            delivery = frame.toDelivery(pid, correlation);
          },
          malformed: () => undefined,
        });
        reader.push(encodeFrame(rest, payload));
        expect(read([delivery]).frames).toEqual([
          { kind: rest.kind, correlation, source: pid, targets: [], payload: [...payload] },
        ]);
      }),
    );
  });
});
