import type { S3Source } from '../../../domain/flow/flow.ts';
import type { Json } from '../../../domain/json.ts';
import { ObjectChanged, type ObjectInfo } from '../../../platform/objects.ts';
import { tenantFolder } from '../../../store/keys.ts';
import type { FlowContext } from '../context.ts';
import { FlowFailure } from '../flow-failure.ts';
import { withoutBom } from '../formats/chunks.ts';
import { createCsvScanner } from '../formats/csv.ts';
import { createJsonArrayScanner } from '../formats/json-array.ts';
import { createNdjsonScanner } from '../formats/ndjson.ts';
import { readPages } from '../formats/read-pages.ts';
import type { Chunk } from '../formats/scanner.ts';
import type { SourceReader } from '../source.ts';
import { objectBytes } from './object-bytes.ts';
import { cutEvenly, cutRows, type Part } from './object-parts.ts';

const MB = 1024 * 1024;
const PART_BYTES = 8 * MB;
/** Bytes of CSV that a plan reads to find where rows begin: seconds. Objects beyond are left whole. */
const SEARCHED_BYTES = 2 * 1024 * MB;
/** Objects that a slice tells of: were they a thousand, nothing else it says would be kept. */
const MOST_TOLD = 50;
const MOST_OBJECTS = 10_000;
/** Beside one for each object: parts are larger when there would be more. */
const MOST_PARTS = 10_000;

/** A part of an object, as a plan holds it. `key` is within the tenant's folder. */
type ObjectPart = Part & ObjectInfo;

/**
 * Objects of the tenant's folder, in the order of their keys. Large ones are split: NDJSON anywhere (a part has the lines
 * that begin in it), CSV where rows begin, JSON arrays not at all. A position is the offset that a page begins at.
 *
 * @param partBytes size of a part, if need be more
 */
export function s3Reader(
  { id, prefix, format }: S3Source & { readonly id: string },
  { objects, pageSize, log, run: { tenant } }: FlowContext,
  partBytes = PART_BYTES,
): SourceReader {
  const folder = tenantFolder(tenant);
  let opened = 0;

  /** An object's bytes; those from its beginning come without a byte order mark. */
  function bytesOf(object: ObjectInfo, from: number, signal: AbortSignal): AsyncIterable<Chunk> {
    const bytes = objectBytes(objects, { ...object, key: folder + object.key }, from, signal);
    return explained(from === 0 ? withoutBom(bytes) : bytes, object.key, signal);
  }

  async function list(signal: AbortSignal): Promise<readonly ObjectInfo[]> {
    const all: ObjectInfo[] = [];
    for await (const page of explained(objects.list(folder + prefix), `${prefix}*`, signal)) {
      signal.throwIfAborted();
      const full = page.filter(({ size }) => size > 0);
      all.push(...full.map((object) => ({ ...object, key: object.key.slice(folder.length) })));
      if (all.length <= MOST_OBJECTS) continue;
      const message = `s3: more than ${MOST_OBJECTS} objects begin with '${prefix}': a longer prefix would have fewer`;
      throw new FlowFailure(message, { permanent: true });
    }
    return all;
  }

  async function columnsOf(object: ObjectInfo, signal: AbortSignal): Promise<readonly string[]> {
    const scanner = createCsvScanner({ name: object.key, begin: 0, to: object.size });
    for await (const chunk of bytesOf(object, 0, signal)) {
      scanner.push(chunk);
      const columns = scanner.columns();
      if (columns) return columns;
    }
    // A part behind the header's follows it, so it has an end.
    throw new FlowFailure(`s3: ${object.key} has no header`, { permanent: true });
  }

  return {
    staged: false,
    unbounded: false,
    async plan(signal) {
      const all = await list(signal);
      const most = Math.max(partBytes, Math.ceil(all.reduce((sum, { size }) => sum + size, 0) / MOST_PARTS));
      let left = SEARCHED_BYTES;
      const plan: ObjectPart[] = [];
      for (const object of all) {
        const { size } = object;
        let parts: readonly Part[] = [{ from: 0, to: size }];
        if (format === 'ndjson') parts = cutEvenly(size, most);
        if (format === 'csv' && size > most && size <= left) {
          parts = await cutRows(bytesOf(object, 0, signal), size, most);
          left -= size;
        }
        plan.push(...parts.map((part) => ({ ...object, ...part })));
      }
      return plan as unknown as readonly Json[];
    },
    async *read(split, position, signal) {
      const part = split as unknown as ObjectPart;
      const { key: name, to } = part;
      const begin = (position as number | null) ?? part.from;
      if (opened++ < MOST_TOLD) log('info', id, `opened ${name}`, { object: name, from: begin, to });
      // Whether a line begins at the first byte of a part, the byte before it tells.
      const midLine = format === 'ndjson' && position === null && begin > 0;
      const from = midLine ? begin - 1 : begin;
      const columns = format === 'csv' && from > 0 ? { columns: await columnsOf(part, signal) } : {};
      const scanner = {
        ndjson: () => createNdjsonScanner({ name, begin: from, to, midLine }),
        csv: () => createCsvScanner({ name, begin: from, to, ...columns }),
        json: () => createJsonArrayScanner({ name, begin: from }),
      }[format]();
      yield* readPages(bytesOf(part, from, signal), scanner, { pageSize, begin, signal });
    },
  };
}

/** Passes items on; whatever keeps them from coming becomes a FlowFailure. */
async function* explained<Item>(
  items: AsyncIterable<Item>,
  name: string,
  signal: AbortSignal,
): AsyncGenerator<Item, void, undefined> {
  try {
    yield* items;
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof ObjectChanged) {
      const message = `s3: ${name} was changed or removed since the run was planned: start the run again`;
      throw new FlowFailure(message, { permanent: true, cause: error });
    }
    const why = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    throw new FlowFailure(`s3: ${name} cannot be read: ${why}`, { permanent: false, cause: error });
  }
}
