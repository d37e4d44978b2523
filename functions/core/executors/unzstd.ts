import { constants, createZstdDecompress, type ZstdDecompress } from 'node:zlib';

/**
 * Unpacks all frames of zstd data (RFC 8878, section 3.1). Node's decoder ends behind the first one and drops the rest.
 *
 * @param windowLog maximum window as a power of two. The window is memory that the decoder allocates
 * @throws an error with a code that begins with `ZSTD_`, or with `Z_BUF_ERROR` if the data end early
 */
export async function* unzstd(
  buffers: AsyncGenerator<Buffer, void, undefined>,
  windowLog: number,
): AsyncGenerator<Buffer, void, undefined> {
  const input = { rest: Buffer.alloc(0) as Buffer, hasEnded: false };
  try {
    do {
      const engine = createZstdDecompress({ params: { [constants.ZSTD_d_windowLogMax]: windowLog } });
      feedFrame(engine, buffers, input).catch((error: unknown) => engine.destroy(error as Error));
      yield* engine as AsyncIterable<Buffer>;
    } while (input.rest.length > 0 || !input.hasEnded);
  } finally {
    await buffers.return();
  }
}

/** Writes buffers one at a time until the frame ends. What follows it in the last buffer is left in `input.rest`. */
async function feedFrame(
  engine: ZstdDecompress,
  buffers: AsyncGenerator<Buffer, void, undefined>,
  input: { rest: Buffer; hasEnded: boolean },
): Promise<void> {
  while (!engine.destroyed) {
    if (input.rest.length === 0) {
      const { value, done } = await buffers.next();
      if (done) {
        input.hasEnded = true;
        engine.end();
        return;
      }
      input.rest = value;
    }
    const buffer = input.rest;
    const before = engine.bytesWritten;
    await new Promise<void>((resolve) => {
      engine.write(buffer, () => resolve());
    });
    input.rest = buffer.subarray(engine.bytesWritten - before);
    // The engine has ended, because it takes all of a buffer otherwise.
    if (input.rest.length > 0) return;
  }
}
