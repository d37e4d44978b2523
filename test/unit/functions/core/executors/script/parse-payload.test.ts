import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { parsePayload } from '../../../../../../functions/core/executors/script/parse-payload.ts';

const order = z.object({ id: z.int(), lines: z.array(z.object({ sku: z.string() })).default([]) });

describe('parsePayload', () => {
  it('returns what the schema makes of the payload', async () => {
    expect(await parsePayload(order, { id: 7 })).toEqual({ id: 7, lines: [] });
  });

  it('names each field that does not fit', async () => {
    await expect(parsePayload(order, { id: 'x', lines: [{ sku: 'a' }, {}] })).rejects.toThrow(
      /^payload\.id: .+; payload\.lines\[1\]\.sku: /,
    );
  });

  it('rejects a missing payload unless the schema allows it', async () => {
    await expect(parsePayload(order, undefined)).rejects.toThrow(/^payload: /);
    expect(await parsePayload(order.optional(), undefined)).toBeUndefined();
  });

  it('awaits an asynchronous schema', async () => {
    const even = z.number().refine(async (value) => value % 2 === 0, 'must be even');

    expect(await parsePayload(even, 2)).toBe(2);
    await expect(parsePayload(even, 3)).rejects.toThrow('payload: must be even');
  });

  it('returns the payload of a script with a JSON Schema or without a schema unchanged', async () => {
    expect(await parsePayload({ type: 'object' }, 7)).toBe(7);
    expect(await parsePayload(undefined, [1])).toEqual([1]);
  });
});
