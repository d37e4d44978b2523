import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { DecodingError, decodeStream } from '../../../../../../functions/core/executors/http/content-encoding.ts';

const TEXT = Buffer.from('[{"id":1},{"id":2},"höre"]'.repeat(500));

async function* chunksOf(bytes: Buffer, size = 7): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function collect(chunks: AsyncIterable<Buffer>): Promise<Buffer> {
  const all: Buffer[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return Buffer.concat(all);
}

const failureOf = (chunks: AsyncIterable<Buffer>): Promise<unknown> =>
  collect(chunks).then(
    () => expect.fail('it was decoded'),
    (error: unknown) => error,
  );

describe('decodeStream', () => {
  it.each([
    ['gzip', gzipSync(TEXT)],
    ['x-gzip', gzipSync(TEXT)],
    ['deflate', deflateSync(TEXT)],
    ['deflate', deflateRawSync(TEXT)],
    ['br', brotliCompressSync(TEXT)],
    ['zstd', zstdCompressSync(TEXT)],
    ['zstd', Buffer.concat([zstdCompressSync(TEXT.subarray(0, 9)), zstdCompressSync(TEXT.subarray(9))])],
  ])('decodes %s', async (coding, bytes) => {
    expect(await collect(decodeStream(chunksOf(bytes), coding))).toEqual(TEXT);
  });

  it('decodes consecutive gzip members', async () => {
    const bytes = Buffer.concat([gzipSync('one,'), gzipSync('two')]);

    expect((await collect(decodeStream(chunksOf(bytes), 'gzip'))).toString()).toBe('one,two');
  });

  it.each(['gzip', 'deflate', 'br', 'zstd'])('yields nothing for an empty body: %s', async (coding) => {
    expect(await collect(decodeStream(chunksOf(Buffer.alloc(0)), coding))).toHaveLength(0);
  });

  it('names an unknown coding in the error', async () => {
    const error = await failureOf(decodeStream(chunksOf(TEXT), 'compress'));

    expect(error).toBeInstanceOf(DecodingError);
    expect(error).toMatchObject({
      truncated: false,
      message: "Content-Encoding: must be one of gzip, x-gzip, deflate, br, zstd, got 'compress'",
    });
  });

  it.each(['gzip', 'deflate', 'br', 'zstd'])('names the coding of malformed bytes in the error: %s', async (coding) => {
    const error = await failureOf(decodeStream(chunksOf(Buffer.from('\x78[{"id":1},{"id":2},"plain text"]')), coding));

    expect(error).toBeInstanceOf(DecodingError);
    expect((error as Error).message).toContain(`the response cannot be decoded as ${coding}: `);
  });

  it.each([
    ['gzip', gzipSync(TEXT)],
    ['deflate', deflateSync(TEXT)],
    ['br', brotliCompressSync(TEXT)],
    ['zstd', zstdCompressSync(TEXT)],
  ])('distinguishes truncated bytes from malformed bytes: %s', async (coding, bytes) => {
    expect(await failureOf(decodeStream(chunksOf(bytes.subarray(0, -4)), coding))).toMatchObject({ truncated: true });
  });

  it('decodes only what is read and closes its input', async () => {
    const megabyte = gzipSync(Buffer.alloc(1024 * 1024));
    let released = false;
    async function* endless(): AsyncGenerator<Buffer> {
      try {
        for (;;) yield megabyte;
      } finally {
        released = true;
      }
    }

    let length = 0;
    for await (const chunk of decodeStream(endless(), 'gzip')) {
      length += chunk.length;
      if (length > 5_000_000) break;
    }

    expect(length).toBeLessThan(5_100_000);
    await expect.poll(() => released).toBe(true);
  });
});
