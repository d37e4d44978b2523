import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { ApiRoute } from '../../../../functions/api/http/route.ts';

/** Names of the functions of zod that were called. They create schemas. */
let calls: string[];

beforeEach(() => {
  calls = [];
  vi.resetModules();
  vi.doMock('zod', async (importOriginal) => {
    const zod = (await importOriginal()) as Readonly<Record<string, unknown>>;
    const entries = Object.entries(zod).map(([name, value]) => {
      if (typeof value !== 'function' || !/^[a-z]/.test(name) || name === 'config') return [name, value];
      const record = (...args: readonly unknown[]): unknown => {
        calls.push(name);
        return value(...args);
      };
      return [name, record];
    });
    return Object.fromEntries(entries);
  });
});

afterEach(() => {
  vi.doUnmock('zod');
  vi.resetModules();
});

test('creates no schema when the surfaces are imported, because each takes time at a cold start', async () => {
  const { surfaces } = await import('../../../../functions/api/surfaces.ts');
  expect(calls).toEqual([]);

  for (const { query, body } of surfaces.flatMap<ApiRoute>(({ routes }) => routes)) {
    query?.();
    body?.();
  }
  expect(calls.length).toBeGreaterThan(100);
});
