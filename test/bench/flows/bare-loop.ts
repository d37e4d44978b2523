import type { Readable } from 'node:stream';
import type { Json } from '../../../functions/core/domain/json.ts';
import type { ObjectInfo, Objects } from '../../../functions/core/platform/objects.ts';

/** A loop over the objects of a folder, without an engine. */
export interface BareLoop {
  readonly from: string;
  readonly to: string;
  /** Records per written object, as many as a flow has in a page. */
  readonly pageSize: number;
  readonly transform: (record: Json) => Json;
}

/**
 * Reads newline-delimited JSON, parses it, transforms each record and writes the results, one object after the other.
 * It checks nothing and remembers nothing: an error or the end of the process loses its place.
 */
export async function runBareLoop(objects: Objects, { from, to, pageSize, transform }: BareLoop): Promise<void> {
  let pages = 0;
  const write = (lines: readonly string[]) =>
    objects.put(`${to}${pages++}.ndjson`, `${lines.join('\n')}\n`, 'application/x-ndjson');
  for await (const listed of objects.list(from)) {
    for (const object of listed) {
      let page: string[] = [];
      for await (const line of linesOf(objects, object)) {
        page.push(JSON.stringify(transform(JSON.parse(line) as Json)));
        if (page.length < pageSize) continue;
        await write(page);
        page = [];
      }
      if (page.length > 0) await write(page);
    }
  }
}

async function* linesOf(objects: Objects, object: ObjectInfo): AsyncGenerator<string> {
  const stream: Readable = await objects.read(object, 0, new AbortController().signal);
  let rest = '';
  for await (const chunk of stream.setEncoding('utf8') as AsyncIterable<string>) {
    const lines = `${rest}${chunk}`.split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
  if (rest !== '') yield rest;
}
