import { zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { unzstd } from '../../../../../functions/core/executors/unzstd.ts';
import { iterations } from '../../../../helpers/iterations.ts';

const WINDOW_LOG = 23;
/** A frame that decoders skip (RFC 8878, section 3.1.2): magic number, size and two bytes of content. */
const SKIPPABLE_FRAME = Buffer.from([0x50, 0x2a, 0x4d, 0x18, 2, 0, 0, 0, 1, 2]);

async function* inPieces(bytes: Buffer, size: number): AsyncGenerator<Buffer, void, undefined> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function unpack(bytes: Buffer, size: number): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of unzstd(inPieces(bytes, size), WINDOW_LOG)) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}

const texts = fc.array(fc.option(fc.string({ maxLength: 200 })), { minLength: 1, maxLength: 6 });
const sizes = fc.integer({ min: 1, max: 60 });
const RUNS = { numRuns: iterations(100, 500) };

describe('unzstd', () => {
  it('unpacks all frames in order and skips skippable ones, however the data are cut', async () => {
    await fc.assert(
      fc.asyncProperty(texts, sizes, async (parts, size) => {
        const packed = parts.map((text) => (text === null ? SKIPPABLE_FRAME : zstdCompressSync(text)));

        const unpacked = await unpack(Buffer.concat(packed), size);

        expect(unpacked).toBe(Buffer.from(parts.join('')).toString());
      }),
      RUNS,
    );
  });

  it('throws for data that end within a frame, however the data are cut', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ maxLength: 200 }), fc.nat(), sizes, async (text, nat, size) => {
        const frame = zstdCompressSync(text);
        const kept = 1 + (nat % (frame.length - 1));

        const unpacked = unpack(Buffer.concat([frame, frame.subarray(0, kept)]), size);

        await expect(unpacked).rejects.toMatchObject({ code: expect.stringMatching(/^(Z|ZSTD)_/) as string });
      }),
      RUNS,
    );
  });

  it('throws for text after the last frame', async () => {
    const packed = Buffer.concat([zstdCompressSync('a'), Buffer.from('no frame')]);

    await expect(unpack(packed, 1_000)).rejects.toMatchObject({ code: 'ZSTD_error_prefix_unknown' });
  });
});
