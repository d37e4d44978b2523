import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  KEPT_BYTES,
  OutputCapture,
  outputOf,
  PART_BYTES,
  TAIL_BYTES,
  TAIL_LINES,
} from '../../functions/executors/output.ts';

function capture(...chunks: Uint8Array[]) {
  const result = new OutputCapture();
  for (const chunk of chunks) result.write(chunk);
  return result.finish();
}

/** `bytes` in chunks of at most `size`. */
function chunked(bytes: Uint8Array, size: number): Uint8Array[] {
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => bytes.subarray(i * size, (i + 1) * size));
}

describe('tail', () => {
  it('is the output without its final newline', () => {
    expect(outputOf('Synced 15 messages\n')).toEqual({ tail: 'Synced 15 messages', parts: [], bytes: 19 });
    expect(outputOf('a\n\n')).toMatchObject({ tail: 'a\n', parts: [] });
    expect(outputOf('')).toEqual({ tail: '', parts: [], bytes: 0 });
  });

  it(`holds the last ${TAIL_LINES} lines, and the whole is kept apart`, () => {
    const lines = Array.from({ length: TAIL_LINES + 1 }, (_, i) => `line ${i}`);
    const text = `${lines.join('\n')}\n`;

    expect(outputOf(text)).toMatchObject({ tail: lines.slice(1).join('\n'), parts: [text] });
  });

  it(`holds ${TAIL_BYTES} bytes at most, and splits no character`, () => {
    const { tail } = outputOf('é€🙂'.repeat(10_000));

    expect(Buffer.byteLength(tail)).toBeLessThanOrEqual(TAIL_BYTES);
    expect(Buffer.byteLength(tail)).toBeGreaterThan(TAIL_BYTES - 4);
    expect(tail).not.toContain('\ufffd');
  });

  it('is found in however small pieces it came', () => {
    const bytes = Buffer.from(`${'é€🙂\n'.repeat(3000)}the end\n`);
    const expected = capture(bytes);

    for (const size of [1, 3, 1000]) expect(capture(...chunked(bytes, size))).toEqual(expected);
  });

  it('stays within its bytes when what was written is no text', () => {
    const { tail, parts } = capture(Buffer.alloc(TAIL_BYTES * 3, 0xff));

    expect(Buffer.byteLength(tail)).toBeLessThanOrEqual(TAIL_BYTES);
    expect(parts.join('')).toBe('\ufffd'.repeat(TAIL_BYTES * 3));
  });
});

describe('parts', () => {
  it('joined are the whole', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), fc.integer({ min: 1, max: 7 }), (text, size) => {
        const bytes = Buffer.from(text.repeat(60));
        const { tail, parts } = capture(...chunked(bytes, size));
        const whole = parts.length > 0 ? parts.join('') : tail;
        expect([`${whole}\n`, whole]).toContain(bytes.toString());
      }),
      { numRuns: 50 },
    );
  });

  it('each fit into an item', () => {
    const text = '🙂'.repeat(KEPT_BYTES / 4);
    const { parts, bytes } = outputOf(text);

    expect(parts.join('')).toBe(text);
    expect(parts.map((part) => Buffer.byteLength(part))).toEqual(Array(KEPT_BYTES / PART_BYTES).fill(PART_BYTES));
    expect(bytes).toBe(KEPT_BYTES);
  });

  it('end with a note when the output was cut', () => {
    const { tail, parts, bytes } = capture(Buffer.alloc(KEPT_BYTES, 'x'), Buffer.from('yyy'));

    expect(tail.endsWith('xyyy')).toBe(true);
    expect(bytes).toBe(KEPT_BYTES + 3);
    const counts = `${KEPT_BYTES + 3} bytes were written, the first ${KEPT_BYTES} are kept`;
    expect(parts.join('').slice(KEPT_BYTES)).toBe(`\n[cut here: ${counts}; the run shows the last lines]\n`);
  });

  it('keep their bound when bytes grow by becoming text', () => {
    const { parts } = capture(...chunked(Buffer.alloc(KEPT_BYTES, 0xff), 64 * 1024));

    expect(Buffer.byteLength(parts.join(''))).toBeLessThan(KEPT_BYTES + 200);
  });
});

describe('what there is so far', () => {
  it('grows from where it was looked at last, and adds up to the whole', () => {
    const live = new OutputCapture();
    const seen: string[] = [];
    const look = () => seen.push(live.textFrom(seen.join('').length, 100));

    live.write(Buffer.from('one\n'));
    look();
    look();
    const euro = Buffer.from('€ two\n');
    live.write(euro.subarray(0, 2));
    look();
    live.write(euro.subarray(2));
    look();

    expect(seen).toEqual(['one\n', '', '', '€ two\n']);
    expect(live.finish().tail).toBe('one\n€ two');
  });

  it('is given in pieces of a size, and ends where the whole is cut', () => {
    const live = new OutputCapture();
    live.write(Buffer.from('é'.repeat(KEPT_BYTES)));

    expect(live.textFrom(0, 5)).toBe('éé');
    expect(live.textFrom(KEPT_BYTES / 2 - 1, 100)).toBe('é');
    expect(live.textFrom(KEPT_BYTES / 2, 100)).toBe('');
  });
});
