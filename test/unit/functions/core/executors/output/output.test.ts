import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  captureText,
  END_BYTES,
  HEAD_BYTES,
  OutputCapture,
  PART_BYTES,
  TAIL_BYTES,
  TAIL_LINES,
} from '../../../../../../functions/core/executors/output/output.ts';
import { Redaction } from '../../../../../../functions/core/executors/output/redaction.ts';

function capture(...chunks: Uint8Array[]) {
  const result = new OutputCapture();
  for (const chunk of chunks) result.write(chunk);
  return result.finish();
}

/** Splits `bytes` into chunks of at most `size` bytes. */
function chunked(bytes: Uint8Array, size: number): Uint8Array[] {
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => bytes.subarray(i * size, (i + 1) * size));
}

describe('tail', () => {
  it('omits the final newline of the output', () => {
    expect(captureText('Synced 15 messages\n')).toEqual({ tail: 'Synced 15 messages', parts: [], bytes: 19 });
    expect(captureText('a\n\n')).toMatchObject({ tail: 'a\n', parts: [] });
    expect(captureText('')).toEqual({ tail: '', parts: [], bytes: 0 });
  });

  it(`holds the last ${TAIL_LINES} lines and leaves the whole output in parts`, () => {
    const lines = Array.from({ length: TAIL_LINES + 1 }, (_, i) => `line ${i}`);
    const text = `${lines.join('\n')}\n`;

    expect(captureText(text)).toMatchObject({ tail: lines.slice(1).join('\n'), parts: [text] });
  });

  it(`holds at most ${TAIL_BYTES} bytes and splits no character`, () => {
    const { tail } = captureText('é€🙂'.repeat(10_000));

    expect(Buffer.byteLength(tail)).toBeLessThanOrEqual(TAIL_BYTES);
    expect(Buffer.byteLength(tail)).toBeGreaterThan(TAIL_BYTES - 4);
    expect(tail).not.toContain('\ufffd');
  });

  it('does not depend on the chunk size', () => {
    const bytes = Buffer.from(`${'é€🙂\n'.repeat(3000)}the end\n`);
    const expected = capture(bytes);

    for (const size of [1, 3, 1000]) expect(capture(...chunked(bytes, size))).toEqual(expected);
  });

  it('stays within its byte limit if the output is not text', () => {
    const { tail, parts } = capture(Buffer.alloc(TAIL_BYTES * 3, 0xff));

    expect(Buffer.byteLength(tail)).toBeLessThanOrEqual(TAIL_BYTES);
    expect(parts.join('')).toBe('\ufffd'.repeat(TAIL_BYTES * 3));
  });
});

describe('parts', () => {
  it('concatenate to the whole output', () => {
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

  it('fit into an item each', () => {
    const text = '🙂'.repeat(HEAD_BYTES / 4);
    const { parts, bytes } = captureText(text);

    expect(parts.join('')).toBe(text);
    expect(parts.map((part) => Buffer.byteLength(part))).toEqual(Array(HEAD_BYTES / PART_BYTES).fill(PART_BYTES));
    expect(bytes).toBe(HEAD_BYTES);
  });

  it('keep the start and the end of a long output and state the omitted bytes', () => {
    const lines = Array.from({ length: 200_000 }, (_, i) => `line ${i}: ${'x'.repeat(10)}\n`);
    const text = lines.join('');

    const { tail, parts, bytes } = capture(...chunked(Buffer.from(text), 64 * 1024));

    const leftOut = text.length - HEAD_BYTES - END_BYTES;
    const note = `\n[${leftOut} bytes were left out here: the first ${HEAD_BYTES} and the last ${END_BYTES} are kept]\n`;
    expect(parts.join('')).toBe(text.slice(0, HEAD_BYTES) + note + text.slice(-END_BYTES));
    expect(tail.endsWith('line 199999: xxxxxxxxxx')).toBe(true);
    expect(bytes).toBe(text.length);
  });

  it('omit nothing while the start and the end overlap', () => {
    const text = 'é'.repeat((HEAD_BYTES + END_BYTES) / 2);

    expect(captureText(text).parts.join('')).toBe(text);
    expect(captureText(`${text}é`).parts.join('')).toContain('\n[2 bytes were left out here: ');
  });

  it('split between characters and count all omitted bytes', () => {
    const text = '€'.repeat(HEAD_BYTES);

    for (const size of [1_000, 65_536]) {
      const whole = capture(...chunked(Buffer.from(text), size)).parts.join('');
      const [, head, count, end] = /^(€+)\n\[(\d+) bytes were left out here: [^\]]*\]\n(€+)$/.exec(whole) ?? [];

      expect(Buffer.byteLength(head ?? '')).toBe(HEAD_BYTES - 1);
      expect(Buffer.byteLength(end ?? '')).toBe(END_BYTES - 1);
      expect(Number(count)).toBe(3 * HEAD_BYTES - (HEAD_BYTES - 1) - (END_BYTES - 1));
    }
  });

  it('redact a secret that spans chunks, at the start and at the end', () => {
    const redaction = new Redaction(new Map([['token', 'hunter2hunter2']]));
    const taken = new OutputCapture(redaction);
    const piece = Buffer.from(`hunter2hunter2 ${'x'.repeat(1_000)}\n`);
    for (let i = 0; i < 2_000; i++) for (const chunk of chunked(piece, 700)) taken.write(chunk);

    const whole = taken.finish().parts.join('');

    expect(whole).not.toContain('hunter2hunter2');
    expect(whole.startsWith('{{secret:token}} xxx')).toBe(true);
    expect(whole.slice(-END_BYTES)).toContain('{{secret:token}}');
  });

  it('keep their limit if bytes grow when they are decoded', () => {
    const { parts } = capture(...chunked(Buffer.alloc(HEAD_BYTES, 0xff), 64 * 1024));

    expect(Buffer.byteLength(parts.join(''))).toBeLessThan(HEAD_BYTES + END_BYTES + 200);
  });
});

describe('textFrom', () => {
  it('continues at the last offset and adds up to the whole output', () => {
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

  it('returns text of at most the given size and ends at the head’s limit', () => {
    const live = new OutputCapture();
    live.write(Buffer.from('é'.repeat(HEAD_BYTES)));

    expect(live.textFrom(0, 5)).toBe('éé');
    expect(live.textFrom(HEAD_BYTES / 2 - 1, 100)).toBe('é');
    expect(live.textFrom(HEAD_BYTES / 2, 100)).toBe('');
  });
});
