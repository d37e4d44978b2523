import { describe, expect, it } from 'vitest';
import { decodeText } from '../../../../../../../functions/core/executors/flow/formats/decode-text.ts';
import type { Chunk } from '../../../../../../../functions/core/executors/flow/formats/scanner.ts';

async function* chunksOf(bytes: Buffer): AsyncGenerator<Chunk, void, undefined> {
  for (let at = 0; at < bytes.length; at += 3) yield { bytes: bytes.subarray(at, at + 3), at };
}

async function decode(text: Buffer, maxBytes: number): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const { bytes } of (await decodeText(chunksOf(text), 'a.csv', 'utf-16le', maxBytes)).chunks)
    pieces.push(bytes);
  return Buffer.concat(pieces).toString();
}

describe('decodeText', () => {
  it('converts a text of the maximum size', async () => {
    expect(await decode(Buffer.from('äöü1', 'utf16le'), 7)).toBe('äöü1');
  });

  it('fails permanently for a text that is larger in UTF-8', async () => {
    await expect(decode(Buffer.from('äöü12', 'utf16le'), 7)).rejects.toMatchObject({
      permanent: true,
      message: 's3: a.csv has more than 7 bytes in UTF-8: store it in several objects, or in UTF-8',
    });
  });
});
