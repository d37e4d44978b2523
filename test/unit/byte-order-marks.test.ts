import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readBody } from '../../functions/api/edge/body.ts';
import { createNdjsonScanner } from '../../functions/executors/flow/formats/ndjson.ts';
import { jsonRecord } from '../../functions/executors/flow/formats/record.ts';
import { importTenant } from '../../lib/operator/import.ts';
import type { Operator } from '../../lib/operator/operator.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const MARKED = '\ufeff{"a":"\ufeffb"}';

/** A byte order mark in front of JSON is no part of it. One inside a text is. */
describe('a byte order mark', () => {
  it.each([
    ['plain', { body: MARKED, isBase64Encoded: false }],
    ['base64', { body: Buffer.from(MARKED).toString('base64'), isBase64Encoded: true }],
  ])('is skipped in front of the body of a request (%s)', (_, request) => {
    expect(readBody({ ...request, headers: {} })).toEqual({ a: '\ufeffb' });
  });

  it('is skipped in front of a message of a queue', () => {
    expect(jsonRecord(MARKED, 'message 1')).toEqual({ value: { a: '\ufeffb' } });
  });

  it('is skipped where two NDJSON files were joined', () => {
    const bytes = Buffer.from(`{"a":1}\n${MARKED}\n`);
    const scanner = createNdjsonScanner({ name: 'x', begin: 0, to: bytes.length, midLine: false });

    const found = [...scanner.push({ bytes, at: 0 }), ...scanner.end()];

    expect(found.map(({ record }) => record)).toEqual([{ value: { a: 1 } }, { value: { a: '\ufeffb' } }]);
  });

  it('is skipped in front of an export of a tenant', async () => {
    const file = join(temporaryFolder(), 'acme.ndjson');
    writeFileSync(file, '\ufeff{"kind":"export","format":1,"tenant":"acme"}\n');

    const importing = importTenant({ tell: () => {} } as unknown as Operator, file);

    await expect(importing).rejects.toThrow('has no end: the export was cut short');
  });
});
