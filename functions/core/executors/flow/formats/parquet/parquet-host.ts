/**
 * Entry of the process that decodes Parquet files (`parquet-host.mjs` in the worker's bundle). It has no file: it requests
 * ranges of bytes from its parent, and answers one request after the other.
 */
import type { Json } from '../../../../domain/json.ts';
import { truncate } from '../../../../domain/text.ts';
import { serveRequests } from '../../../process/serve-requests.ts';
import type { SourceRecord } from '../../source-reader.ts';
import { failedRecord, findValueProblem, MAX_RECORD_BYTES } from '../parse-record.ts';
import { openParquet, type ParquetFile } from './decode.ts';
import type { DecodingRequest, DecodingResponse } from './protocol.ts';

let file: ParquetFile | undefined;
let turn = Promise.resolve();
/** The range that the parent is sending, and its end. */
let range: { readonly parts: Buffer[]; readonly take: (bytes: Buffer) => void } | undefined;

serveRequests((message) => {
  const request = message as DecodingRequest;
  if (request[0] === 'bytes') range?.parts.push(Buffer.from(request[1], 'base64'));
  else if (request[0] === 'end') endRange();
  else turn = turn.then(() => respond(request));
});

const send = (response: DecodingResponse): void => {
  process.stdout.write(`${JSON.stringify(response)}\n`);
};

function endRange(): void {
  const ended = range;
  range = undefined;
  ended?.take(Buffer.concat(ended.parts));
}

/** Ranges are requested one by one. */
let reading: Promise<unknown> = Promise.resolve();

function read(from: number, to: number): Promise<Buffer> {
  const requested = reading.then(
    () =>
      new Promise<Buffer>((take) => {
        range = { parts: [], take };
        send(['need', from, to]);
      }),
  );
  reading = requested;
  return requested;
}

async function respond(request: Extract<DecodingRequest, readonly ['open' | 'rows', ...unknown[]]>): Promise<void> {
  try {
    if (request[0] === 'open') {
      file = await openParquet({ size: request[1], read });
      send(['groups', file.groups]);
      return;
    }
    const [, from, to, name] = request;
    const rows = (await file?.rows(from, to)) ?? [];
    for (const [i, value] of rows.entries()) send(['row', toRecord(value, `${name}, row ${from + i}`)]);
    send(['done']);
  } catch (error) {
    send(['error', truncate(error instanceof Error ? error.message : String(error), 500)]);
  }
}

function toRecord(value: Json, place: string): SourceRecord {
  const problem = findValueProblem(value);
  const text = JSON.stringify(value);
  if (problem !== undefined) return failedRecord(text, `${place}: ${problem}`);
  const bytes = Buffer.byteLength(text);
  return bytes > MAX_RECORD_BYTES
    ? failedRecord(text, `${place}: a record of ${bytes} bytes: at most ${MAX_RECORD_BYTES} are possible`)
    : { value };
}
