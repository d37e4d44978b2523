import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readBody } from '../../../../../../../functions/api/http/read-body.ts';
import { createNdjsonScanner } from '../../../../../../../functions/core/executors/flow/formats/ndjson.ts';
import { parseJsonRecord } from '../../../../../../../functions/core/executors/flow/formats/parse-record.ts';
import type { AdminContext } from '../../../../../../../lib/admin/admin-context.ts';
import { importTenant } from '../../../../../../../lib/admin/import-tenant.ts';
import { temporaryFolder } from '../../../../../../helpers/temporary-folder.ts';

const MARKED = '\ufeff{"a":"\ufeffb"}';

/** A byte order mark before JSON is skipped; one inside a text is kept. */
describe('a reader of JSON that starts with a byte order mark', () => {
  it.each([
    ['plain', { body: MARKED, isBase64Encoded: false }],
    ['base64', { body: Buffer.from(MARKED).toString('base64'), isBase64Encoded: true }],
  ])('skips the mark before the body of a request (%s)', (_, request) => {
    expect(readBody({ ...request, headers: {} })).toEqual({ a: '\ufeffb' });
  });

  it('skips the mark before a message of a queue', () => {
    expect(parseJsonRecord(MARKED, 'message 1')).toEqual({ value: { a: '\ufeffb' } });
  });

  it('skips the mark between two joined NDJSON files', () => {
    const bytes = Buffer.from(`{"a":1}\n${MARKED}\n`);
    const scanner = createNdjsonScanner({ name: 'x', begin: 0, to: bytes.length, midLine: false });

    const found = [...scanner.push({ bytes, at: 0 }), ...scanner.end()];

    expect(found.map(({ record }) => record)).toEqual([{ value: { a: 1 } }, { value: { a: '\ufeffb' } }]);
  });

  it('skips the mark before an export of a tenant', async () => {
    const file = join(temporaryFolder(), 'acme.ndjson');
    writeFileSync(file, '\ufeff{"kind":"export","format":1,"tenant":"acme"}\n');

    const importing = importTenant({ reportProgress: () => {} } as unknown as AdminContext, file);

    await expect(importing).rejects.toThrow('has no end: the export was cut short');
  });
});
