import { CsvError, parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Format } from '../../../../../../../functions/core/domain/flow/source.ts';
import type { Json } from '../../../../../../../functions/core/domain/json.ts';
import type { SourceBatch, SourceRecord } from '../../../../../../../functions/core/executors/flow/source-reader.ts';
import { createS3Reader } from '../../../../../../../functions/core/executors/flow/sources/s3.ts';
import { planSplits, readSplit, recordsOf, sourceContext } from '../../../../../../helpers/builders/source-context.ts';
import { chunkedObject } from '../../../../../../helpers/fakes/chunked-object.ts';
import { iterations } from '../../../../../../helpers/iterations.ts';

const RUNS = { numRuns: iterations(100, 300) };

/** The parameters of a read, which must not affect the records. */
interface Way {
  readonly pageSize: number;
  readonly partBytes: number;
  readonly chunkSizes: readonly number[];
  readonly resumes: readonly boolean[];
}

const ways: fc.Arbitrary<Way> = fc.record({
  pageSize: fc.integer({ min: 1, max: 7 }),
  partBytes: fc.integer({ min: 1, max: 200 }),
  chunkSizes: fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 5 }),
  resumes: fc.array(fc.boolean(), { minLength: 1, maxLength: 5 }),
});

const inTurn = <Item>(items: readonly Item[]) => {
  let turn = 0;
  return () => items[turn++ % items.length] as Item;
};

/** Returns the pages of each split. */
async function read(format: Format, content: Buffer, way: Way): Promise<SourceBatch[][]> {
  const objects = chunkedObject('data/acme/in/a', content, inTurn(way.chunkSizes));
  const context = sourceContext({ objects, pageSize: way.pageSize });
  const reader = createS3Reader({ id: 'source_1', type: 's3', prefix: 'in/', format }, context, way.partBytes);
  const splits: SourceBatch[][] = [];
  const resumes = inTurn(way.resumes);
  for (const split of await planSplits(reader)) splits.push(await readSplit(reader, split, { resumes }));
  return splits;
}

/** Returns records as they are, and failed ones by their input, without the message. */
const essence = (record: SourceRecord) =>
  'value' in record ? { value: record.value } : { failed: record.failed.input };

function assertExact(
  splits: readonly (readonly SourceBatch[])[],
  expected: readonly ReturnType<typeof essence>[],
  way: Way,
) {
  expect(recordsOf(splits.flat()).map(essence)).toEqual(expected);
  for (const pages of splits) {
    const last = pages.at(-1)?.records.length ?? 0;
    expect(pages.slice(0, -1).map(({ records }) => records.length)).toEqual(pages.slice(1).map(() => way.pageSize));
    expect(last).toBeLessThanOrEqual(way.pageSize);
    if (pages.length > 1) expect(last).toBeGreaterThan(0);
  }
}

const BOM = '\ufeff';
const lineEnd = fc.constantFrom('\n', '\r\n');
const boms = fc.constantFrom('', BOM);

describe('NDJSON', () => {
  const line = fc.oneof(
    { weight: 6, arbitrary: fc.json({ maxDepth: 2 }).map((text) => Buffer.from(text)) },
    {
      weight: 2,
      arbitrary: fc
        .constantFrom('', '  ', '{"half":', 'no JSON', '[1,2', '1e999', '"ü😀"')
        .map((text) => Buffer.from(text)),
    },
    { weight: 1, arbitrary: fc.constant(Buffer.from([0x22, 0xff, 0xfe, 0x22])) },
  );
  const contents = fc
    .tuple(boms, fc.array(fc.tuple(line, lineEnd), { minLength: 1, maxLength: 25 }), fc.boolean())
    .map(([bom, lines, ends]) => {
      const parts = lines.flatMap(([text, end], i) =>
        i === lines.length - 1 && !ends ? [text] : [text, Buffer.from(end)],
      );
      return Buffer.concat([Buffer.from(bom), ...parts]);
    })
    .filter(({ length }) => length > 0);

  /** Parses the whole file line by line. */
  function parsed(content: Buffer) {
    const behindBom = content.toString('utf8').startsWith(BOM) ? content.subarray(3) : content;
    const lines = behindBom.toString('latin1').split('\n');
    return lines.flatMap((raw, i) => {
      const bytes = Buffer.from(raw.replace(/\r$/, ''), 'latin1');
      const text = bytes.toString('utf8');
      if (text.trim() === '' || (i === lines.length - 1 && raw === '')) return [];
      try {
        const value = JSON.parse(text) as Json;
        const isExact = Buffer.from(text).equals(bytes) && value !== Number.POSITIVE_INFINITY;
        return [isExact ? { value } : { failed: text }];
      } catch {
        return [{ failed: text }];
      }
    });
  }

  it('yields the same records in the same pages, however it is split, chunked and resumed', async () => {
    await fc.assert(
      fc.asyncProperty(contents, ways, async (content, way) => {
        assertExact(await read('ndjson', content, way), parsed(content), way);
      }),
      RUNS,
    );
  });
});

describe('CSV', () => {
  const field = fc.oneof(
    { weight: 4, arbitrary: fc.stringMatching(/^[a-z0-9 ü😀.]{0,6}$/u) },
    { weight: 3, arbitrary: fc.stringMatching(/^"([a-z,\n\r]|""){0,6}"$/) },
    { weight: 1, arbitrary: fc.constantFrom('a"b', '"a"b', '"a""', "'") },
  );
  const row = fc.oneof(
    { weight: 8, arbitrary: fc.array(field, { minLength: 3, maxLength: 3 }) },
    { weight: 1, arbitrary: fc.array(field, { minLength: 0, maxLength: 5 }) },
  );
  const contents = fc
    .tuple(boms, fc.constantFrom('a,b,c', '"a","b ""1""","c\nd"'), fc.array(fc.tuple(row, lineEnd), { maxLength: 20 }))
    .map(([bom, header, rows]) =>
      Buffer.from(`${bom}${header}\n${rows.map(([fields, end]) => fields.join(',') + end).join('')}`),
    );

  /** Returns the rows of a text: each the shortest prefix of the rest that ends with a line end outside quotes. */
  function rowsOf(text: string): string[] {
    const rows: string[] = [];
    let begin = 0;
    for (let end = text.indexOf('\n'); begin < text.length; end = text.indexOf('\n', end + 1)) {
      if (end === -1) end = text.length;
      const row = text.slice(begin, end);
      if (end < text.length && isOpen(row)) continue;
      // A row that is open at the end of the file is shown without its last line end, like all rows.
      rows.push(row.replace(end < text.length ? /\r$/ : /\r?\n?$/, ''));
      begin = end + 1;
    }
    return rows;
  }
  const strict = (row: string) => parse(row, { record_delimiter: ['\n'] });
  /** Another fault of a row must not hide that its quote is open. */
  function isOpen(row: string): boolean {
    try {
      parse(row, { record_delimiter: ['\n'], relax_quotes: true });
      return false;
    } catch (error) {
      return error instanceof CsvError && error.code === 'CSV_QUOTE_NOT_CLOSED';
    }
  }
  /** Parses the whole file row by row with csv-parse. */
  function parsed(content: Buffer) {
    const [header = '', ...rows] = rowsOf(content.toString('utf8').replace(BOM, '')).filter((row) => row !== '');
    const columns = strict(header)[0] ?? [];
    return rows.map((row) => {
      try {
        const [fields = []] = strict(row);
        if (fields.length !== columns.length) return { failed: row };
        return { value: Object.fromEntries(columns.map((column, i) => [column, fields[i] ?? ''])) };
      } catch {
        return { failed: row };
      }
    });
  }

  it('yields the same records in the same pages, however it is split, chunked and resumed', async () => {
    await fc.assert(
      fc.asyncProperty(contents, ways, async (content, way) => {
        assertExact(await read('csv', content, way), parsed(content), way);
      }),
      RUNS,
    );
  });
});

describe('JSON array', () => {
  const space = fc.constantFrom('', ' ', '\n\t', '\r\n');
  const contents = fc.array(fc.tuple(space, fc.json({ maxDepth: 3 }), space), { maxLength: 20 }).map((elements) => ({
    text: `[${elements.map((element) => element.join('')).join(',')}]`,
    // The offset after each element, and its value.
    ends: elements.map((_, i) =>
      elements.slice(0, i + 1).reduce((end, element) => end + element.join('').length + 1, 0),
    ),
    values: elements.map(([, text]) => ({ value: JSON.parse(text) as Json })),
  }));

  it('yields the same records in the same pages, however it is chunked and resumed', async () => {
    await fc.assert(
      fc.asyncProperty(contents, boms, space, ways, async ({ text, values }, bom, around, way) => {
        assertExact(await read('json', Buffer.from(bom + around + text + around), way), values, way);
      }),
      RUNS,
    );
  });

  it('reports damage and keeps the records before it', async () => {
    const damages = fc.constantFrom('', ',', ']', '[', '{', '"', 'x', '\\');
    await fc.assert(
      fc.asyncProperty(contents, fc.nat(), damages, ways, async ({ text, ends, values }, nat, damage, way) => {
        const at = 1 + (nat % (text.length - 1));
        const damaged = text.slice(0, at) + damage + text.slice(at + 1);

        const records = recordsOf((await read('json', Buffer.from(damaged), way)).flat()).map(essence);

        const whole = parsed(damaged);
        if (whole) {
          expect(records.length).toBe(whole.length);
          // Damage may create a number that a double cannot represent, which is kept exactly; rounded, both are equal.
          const rounded = JSON.parse(JSON.stringify(records)) as typeof records;
          for (const [i, value] of whole.entries())
            if (hasFiniteNumbers(value)) expect(rounded[i]).toEqual(JSON.parse(JSON.stringify({ value })));
          return;
        }
        expect(records.some((record) => 'failed' in record)).toBe(true);
        const unharmed = ends.filter((end) => end < at).length;
        expect(records.slice(0, unharmed)).toEqual(values.slice(0, unharmed));
      }),
      RUNS,
    );
  });

  /** Damage may create a number that overflows: JSON.parse yields infinity, which is not a valid value. */
  const hasFiniteNumbers = (value: Json): boolean =>
    typeof value === 'object' && value !== null
      ? Object.values(value).every(hasFiniteNumbers)
      : typeof value !== 'number' || Number.isFinite(value);

  /** Damage may create another valid array. */
  function parsed(text: string): Json[] | undefined {
    try {
      return JSON.parse(text) as Json[];
    } catch {
      return undefined;
    }
  }
});
