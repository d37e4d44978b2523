import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TransformSpec } from '../../../../../../../functions/core/domain/flow/transform.ts';
import type { Json } from '../../../../../../../functions/core/domain/json.ts';
import { parseJsonRecord } from '../../../../../../../functions/core/executors/flow/formats/parse-record.ts';
import { toCsv } from '../../../../../../../functions/core/executors/flow/sinks/format-csv.ts';
import { createChain } from '../../../../../../../functions/core/executors/flow/transforms/create-chain.ts';
import { findStorageFault } from '../../../../../../../functions/core/store/collections.ts';
import { bundleExpressionHost } from '../../../../../../helpers/system/expression-host.ts';

const RECORD = '{"id":9007199254740993,"ns":1764412800123456789,"part":0.1234567890123456789,"small":1}';

let host: Awaited<ReturnType<typeof bundleExpressionHost>>;
beforeAll(async () => {
  host = await bundleExpressionHost();
});
afterAll(() => host.remove());

function read(text: string): Json {
  const record = parseJsonRecord(text, 'message 1');
  if ('failed' in record) throw new Error(record.failed.message);
  return record.value;
}

async function transform(...transforms: readonly TransformSpec[]) {
  await using chain = createChain(transforms, { directory: host.directory });
  return chain.apply([read(RECORD)], new AbortController().signal);
}

describe('a number that a double would round', () => {
  it.each<[string, TransformSpec, string]>([
    ['a filter', { type: 'filter', where: 'small = 1' }, RECORD],
    ['a map of the whole record', { type: 'map', to: '$' }, RECORD],
    [
      'a map of its field',
      { type: 'map', to: '{ "key": id, "text": $string(id) }' },
      '{"key":9007199254740993,"text":"9007199254740993"}',
    ],
    ['a flatMap', { type: 'flatMap', to: '[{ "a": ns }]' }, '{"a":1764412800123456789}'],
  ])('passes through %s unchanged', async (_, spec, expected) => {
    const { outputs, errors } = await transform(spec, { type: 'map', to: '$' });

    expect(errors).toEqual([]);
    expect(outputs.map(({ value }) => JSON.stringify(value))).toEqual([expected]);
  });

  it.each(['id + 1', 'id > 5', '$sum([id, 1])', '$number(id)'])('fails its record in %s', async (to) => {
    const { outputs, errors } = await transform({ type: 'map', to });

    expect(outputs).toEqual([]);
    expect(errors).toMatchObject([{ transform: 0, origin: 0 }]);
  });

  it('keeps its digits in CSV and cannot be a record', () => {
    expect(toCsv([read(RECORD)]).text).toBe(
      'id,ns,part,small\r\n9007199254740993,1764412800123456789,0.1234567890123456789,1\r\n',
    );
    expect(toCsv([read('9007199254740993')]).refused).toEqual([
      { index: 0, message: 'CSV: must be an object, got a number' },
    ]);
  });

  it('cannot be stored in a collection', () => {
    expect(findStorageFault(read(RECORD))).toBe('holds a number with more digits than are kept: 9007199254740993');
  });
});
