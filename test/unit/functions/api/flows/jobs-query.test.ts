import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { JOB_STATUSES, JOB_TYPES } from '../../../../../functions/api/flows/job-view.ts';
import { parseJobsQuery } from '../../../../../functions/api/flows/jobs-query.ts';
import { JobdeckError } from '../../../../../functions/core/domain/errors.ts';

const filterOf = (query: Record<string, string>) => parseJobsQuery(query).filter;

/** Returns the error of a rejected query. */
function refusal(query: Record<string, string>): { readonly code: string; readonly message: string } {
  try {
    parseJobsQuery(query);
  } catch (error) {
    if (error instanceof JobdeckError) return { code: error.code, message: error.message };
    throw error;
  }
  throw new Error(`${JSON.stringify(query)} was taken`);
}

test('parses an empty query as no filter', () => {
  expect(parseJobsQuery({})).toEqual({
    filter: {
      types: JOB_TYPES,
      statuses: JOB_STATUSES,
      flowIds: null,
      integrationId: null,
      exportId: null,
      importId: null,
      flowJobId: null,
      disabled: null,
      createdFrom: '0000-01-01T00:00:00.000Z',
      createdThrough: '9999-12-31T23:59:59.999Z',
      numberRanges: [],
    },
    page: { skip: 0, size: 1_001, isExact: false },
    cursor: null,
  });
});

describe('the page of a query', () => {
  const pageOf = (query: Record<string, string>) => parseJobsQuery(query).page;

  test('has a number and a size, and extends to a whole millisecond without a number', () => {
    expect(pageOf({ pageSize: '50' })).toEqual({ skip: 0, size: 50, isExact: false });
    expect(pageOf({ page: '1' })).toEqual({ skip: 0, size: 1_001, isExact: true });
    expect(pageOf({ page: '3', pageSize: '50' })).toEqual({ skip: 100, size: 50, isExact: true });
    expect(pageOf({ page: '200', pageSize: '50' })).toEqual({ skip: 9_950, size: 50, isExact: true });
  });

  test.each([
    [{ page: '0' }, 'page: must be a whole number from 1 to 10000, got "0"'],
    [{ page: 'two' }, 'page: must be a whole number from 1 to 10000, got "two"'],
    [{ pageSize: '1002' }, 'pageSize: must be a whole number from 1 to 1001, got "1002"'],
    [{ page: '10' }, /^page: must be at most 9 with a pageSize of 1001, got 10; the Link header /],
    [{ page: '201', pageSize: '50' }, /^page: must be at most 200 with a pageSize of 50, got 201; /],
    [{ page: '1', cursor: 'x.y' }, 'page: must be absent beside cursor, which is a place of its own'],
    [{ disabled: 'maybe' }, 'disabled: must be true or false, got "maybe"'],
  ])('rejects %j', (query, message) => {
    const refused = refusal(query as Record<string, string>);
    expect(refused.code).toBe('query.invalid');
    expect(refused.message).toMatch(message);
  });
});

describe("aliases of Celigo's API", () => {
  test.each([
    ['flow_id', '_flowId', 'flow123'],
    ['flow_id_in', '_flowId_in', 'flow2,flow1'],
    ['integration_id', '_integrationId', 'int.123'],
    ['export_id', '_exportId', 'exp123'],
    ['import_id', '_importId', 'imp123'],
    ['flow_job_id', '_flowJobId', 'flow123.abc12345.01JNXA3V5T9YV0Q2Z6W8M4R7B1'],
  ])('treat %s and %s as one filter and reject both together', (name, alias, value) => {
    expect(filterOf({ [name]: value })).toEqual(filterOf({ [alias]: value }));
    expect(filterOf({ [name]: value })).not.toEqual(filterOf({}));
    expect(refusal({ [name]: value, [alias]: value })).toEqual({
      code: 'query.invalid',
      message: `${alias}: must be absent beside ${name}, which is the same filter`,
    });
  });
});

describe('a single value beside a list', () => {
  test.each([
    [{ status: 'failed', status_in: 'failed,canceled' }, { statuses: ['failed'] }],
    [{ status: 'failed', status_in: 'canceled' }, { statuses: [] }],
    [{ type: 'flow', type_in: 'import,flow' }, { types: ['flow'] }],
    [{ type_in: 'import,flow,import' }, { types: ['flow', 'import'] }],
    [{ flow_id: 'b', flow_id_in: 'a,b,b' }, { flowIds: ['b'] }],
    [{ flow_id: 'c', _flowId_in: 'a,b' }, { flowIds: [] }],
    [{ flow_id_in: 'b,a,b' }, { flowIds: ['a', 'b'] }],
  ])('intersects the filters of %j', (query, filter) => {
    expect(filterOf(query)).toMatchObject(filter);
  });
});

describe('a time filter', () => {
  test.each([
    ['2024-01-15T10:00:00.000Z', '2024-01-15T10:00:00.000Z', '2024-01-15T10:00:00.000Z'],
    ['2024-01-15T12:00:00.5+02:00', '2024-01-15T10:00:00.500Z', '2024-01-15T10:00:00.500Z'],
    ['1705312800000', '2024-01-15T10:00:00.000Z', '2024-01-15T10:00:00.000Z'],
    ['0', '1970-01-01T00:00:00.000Z', '1970-01-01T00:00:00.000Z'],
    ['2024-02-29', '2024-02-29T00:00:00.000Z', '2024-02-29T23:59:59.999Z'],
  ])('spans %s from %s to %s', (time, createdFrom, createdThrough) => {
    expect(filterOf({ createdAt_gte: time, createdAt_lte: time })).toMatchObject({ createdFrom, createdThrough });
  });

  test('accepts all forms of a time', () => {
    fc.assert(
      fc.property(fc.date({ min: new Date(0), max: new Date('9999-12-31'), noInvalidDate: true }), (date) => {
        const from = (createdAt_gte: string) => filterOf({ createdAt_gte }).createdFrom;
        expect(from(String(date.getTime()))).toBe(date.toISOString());
        expect(from(date.toISOString())).toBe(date.toISOString());
      }),
    );
  });

  test.each(['', 'yesterday', '2023-02-29', '2024-13-01', '2024-01-15T10:00:00', '-1', '1e3', '999999999999999'])(
    'rejects %j',
    (time) => {
      expect(refusal({ createdAt_gte: time })).toEqual({
        code: 'query.invalid',
        message: `createdAt_gte: must be a time such as 2024-01-15T10:00:00.000Z, a date, or epoch milliseconds, got "${time}"`,
      });
    },
  );
});

describe('number filters', () => {
  test.each(['numSuccess', 'numError', 'numIgnore', 'numExport'])(
    'accept a minimum, a maximum or both for %s',
    (field) => {
      expect(filterOf({ [`${field}_gte`]: '100' }).numberRanges).toEqual([
        { field, min: 100, max: Number.MAX_SAFE_INTEGER },
      ]);
      expect(filterOf({ [`${field}_lte`]: '10' }).numberRanges).toEqual([{ field, min: 0, max: 10 }]);
      expect(filterOf({ [`${field}_gte`]: '1', [`${field}_lte`]: '10' }).numberRanges).toEqual([
        { field, min: 1, max: 10 },
      ]);
    },
  );
});

describe('errors name the parameter', () => {
  const statuses = 'queued or running or completed or failed or canceled';
  test.each([
    [{ limit: '10' }, /^query: unknown query parameter 'limit'; known are type, /],
    [{ flowId: 'x' }, "query: unknown query parameter 'flowId'; did you mean 'flow_id'?"],
    [{ status: 'done' }, `status: must be ${statuses}, got "done"`],
    [{ status: 'running,failed' }, `status: must be ${statuses}, got "running,failed"`],
    [{ status_in: 'running,' }, `status_in: must be ${statuses}, or several separated by commas, got "running,"`],
    [{ type: 'script' }, 'type: must be flow or export or import, got "script"'],
    [{ type_in: 'flow,script' }, /^type_in: must be flow or export or import, or several/],
    [{ flow_id: '' }, /^flow_id: must be 1–64 of /],
    [{ flow_id: 'a#b' }, /^flow_id: must be 1–64 of /],
    [{ flow_id_in: 'a,,b' }, /^flow_id_in: must be 1–64 of .*, or several separated by commas, got "a,,b"$/],
    [{ integration_id: 'a/b' }, /^integration_id: must be 1–64 of /],
    [{ export_id: 'a.b' }, 'export_id: must be 1–64 of A–Z a–z 0–9 _ -, got "a.b"'],
    [{ flow_job_id: '../x' }, 'flow_job_id: must be the _id of a flow job, got "../x"'],
    [{ numSuccess_gte: '-1' }, 'numSuccess_gte: must be a whole number, got "-1"'],
    [{ numError_lte: '1.5' }, 'numError_lte: must be a whole number, got "1.5"'],
    [{ numExport: '5' }, /^query: unknown query parameter 'numExport'/],
  ])('rejects %j', (query, message) => {
    const refused = refusal(query as Record<string, string>);
    expect(refused.code).toBe('query.invalid');
    expect(refused.message).toMatch(message);
  });
});
