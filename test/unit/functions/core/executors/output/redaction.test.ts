import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { captureText, OutputCapture } from '../../../../../../functions/core/executors/output/output.ts';
import { Redaction } from '../../../../../../functions/core/executors/output/redaction.ts';

const redaction = (secrets: Record<string, string>) => new Redaction(new Map(Object.entries(secrets)));

/** Returns the captured output of a stream that arrives in these chunks. */
function captured(of: Redaction, chunks: readonly Uint8Array[]): string {
  const capture = new OutputCapture(of);
  for (const chunk of chunks) capture.write(chunk);
  return capture.finish().tail;
}

describe('text', () => {
  it('shows references in place of secrets', () => {
    const { text } = { text: (value: string) => redaction({ token: 'hunter2', 'api.key': 'a+b*c' }).text(value) };

    expect(text('token=hunter2, again hunter2; a+b*c')).toBe(
      'token={{secret:token}}, again {{secret:token}}; {{secret:api.key}}',
    );
    expect(text('hunter a+bc aab*c')).toBe('hunter a+bc aab*c');
  });

  it('redacts the JSON-escaped form of a secret', () => {
    const pem = '-----KEY-----\n"quoted"\tÄ\n';

    expect(redaction({ pem }).text(JSON.stringify({ pem }))).toBe('{"pem":"{{secret:pem}}"}');
    expect(redaction({ pem }).text(pem)).toBe('{{secret:pem}}');
  });

  it('redacts the longer of two secrets with a common prefix', () => {
    expect(redaction({ a: 'abcd', b: 'abcdef' }).text('abcdef abcd')).toBe('{{secret:b}} {{secret:a}}');
  });

  it('keeps secrets that are too short to be redacted', () => {
    expect(redaction({ a: '123' }).text('123')).toBe('123');
    expect(captureText('123', redaction({ a: '123' })).tail).toBe('123');
  });
});

describe('json', () => {
  it('redacts strings at any depth and keeps the structure', () => {
    const value = { n: 12345, list: ['x hunter2', { deep: 'hunter2' }], none: null };

    expect(redaction({ token: 'hunter2', number: '12345' }).json(value)).toEqual({
      n: 12345,
      list: ['x {{secret:token}}', { deep: '{{secret:token}}' }],
      none: null,
    });
    expect(redaction({ token: 'hunter2' }).json(null)).toBeNull();
  });
});

describe('stream', () => {
  it('redacts the same as in the whole text, wherever chunks end', () => {
    const secrets = { a: 'abab', b: 'ababc', c: 'käse-ä', d: 'bcab' };
    const piece = fc.constantFrom(...Object.values(secrets), 'a', 'b', 'c', 'ä', 'ab', '\n', 'x'.repeat(40));
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), fc.array(fc.nat(9), { maxLength: 60 }), (pieces, sizes) => {
        const text = `${pieces.join('')}.`;
        const bytes = Buffer.from(text);
        const chunks: Buffer[] = [];
        let at = 0;
        for (const size of sizes) {
          chunks.push(bytes.subarray(at, at + size));
          at += size;
        }
        chunks.push(bytes.subarray(at));

        const shown = captured(redaction(secrets), chunks);

        expect(shown).toBe(captureText(redaction(secrets).text(text)).tail);
        for (const secret of Object.values(secrets)) expect(shown).not.toContain(secret);
      }),
      { numRuns: 500 },
    );
  });

  it('shows at once exactly what cannot be the start of a secret', () => {
    const stream = redaction({ a: 'hunter2', b: 'hunter23' }).stream();
    const shown = (text: string) => Buffer.from(stream.write(Buffer.from(text))).toString();

    expect(shown('it is h\n')).toBe('it is h\n');
    expect(shown('it is hunt')).toBe('it is ');
    expect(shown('er')).toBe('');
    expect(shown('2')).toBe('');
    expect(shown('! and hunt')).toBe('{{secret:a}}! and ');
    expect(shown('ing, hunter23')).toBe('hunting, {{secret:b}}');
    expect(Buffer.from(stream.end()).toString()).toBe('');
  });

  it('redacts all parts of an output, not only its last lines', () => {
    const lines = Array.from({ length: 30_000 }, (_, i) => `line ${i} hunter2 of many`).join('\n');

    const { parts, tail } = captureText(lines, redaction({ token: 'hunter2' }));

    expect(parts.length).toBeGreaterThan(2);
    expect(parts.join('')).toContain('line 20000 {{secret:token}} of many');
    expect([...parts, tail].join('')).not.toContain('hunter2');
  });
});
