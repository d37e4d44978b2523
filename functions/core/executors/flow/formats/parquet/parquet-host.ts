/**
 * Entry of the process that decodes Parquet files (`parquet-host.mjs` in the worker's bundle). It has no file: it requests
 * ranges of bytes from its parent, and answers one request after the other.
 */
import { parseExactJson } from '../../../../domain/exact-json.ts';
import type { Json } from '../../../../domain/json.ts';
import { truncate } from '../../../../domain/text.ts';
import { readJsonLines } from '../../../process/json-lines.ts';
import { denyNetwork } from '../../../script/confine-network.ts';
import type { SourceRecord } from '../../source-reader.ts';
import { failedRecord, findValueProblem, MAX_RECORD_BYTES } from '../parse-record.ts';
import { openParquet, type ParquetFile } from './decode.ts';
import type { DecodingRequest, DecodingResponse } from './protocol.ts';

denyNetwork();

let file: ParquetFile | undefined;
let turn = Promise.resolve();
/** The range that the parent is sending, and its end. */
let range: { readonly parts: Buffer[]; readonly take: (bytes: Buffer) => void } | undefined;

readJsonLines(
  process.stdin,
  (message) => {
    const request = message as DecodingRequest;
    if (request[0] === 'bytes') range?.parts.push(Buffer.from(request[1], 'base64'));
    else if (request[0] === 'end') endRange();
    else turn = turn.then(() => respond(request));
  },
  () => process.exit(1),
  Number.POSITIVE_INFINITY,
  parseExactJson,
);
// Without the parent there is no reader for responses.
process.stdin.on('end', () => process.exit());
process.stdout.on('error', () => process.exit());
// Blocking writes: memory does not fill with rows that the parent has not read.
(process.stdout as unknown as { _handle: { setBlocking(on: boolean): void } })._handle.setBlocking(true);

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
