import { describe, expect, test } from 'vitest';
import { parseFieldErrors } from '../../../../../../functions/console/app/view/form-errors.ts';

describe('faultsIn', () => {
  test('separates the faults of a message, each with its own field', () => {
    const message = 'id: must be 1–64 of A–Z a–z, got ""; name: must be text of 1–200 characters, got ""';

    expect(parseFieldErrors(message)).toEqual([
      { field: 'id', message: 'must be 1–64 of A–Z a–z, got ""' },
      { field: 'name', message: 'must be text of 1–200 characters, got ""' },
    ]);
  });

  test('keeps a received value that looks like another fault in its own message', () => {
    const message = 'name: must be text, got "a; id: \\"b\\"; id: c"; args[2]: must be text';

    expect(parseFieldErrors(message)).toEqual([
      { field: 'name', message: 'must be text, got "a; id: \\"b\\"; id: c"' },
      { field: 'args[2]', message: 'must be text' },
    ]);
  });

  test('keeps a received value that the API cut after 80 characters', () => {
    const cut = `${JSON.stringify(`; id: ${'x'.repeat(100)}`).slice(0, 80)}…`;

    expect(parseFieldErrors(`name: must be text, got ${cut}; http.url: is required`)).toEqual([
      { field: 'name', message: `must be text, got ${cut}` },
      { field: 'http.url', message: 'is required' },
    ]);
  });

  test('finds none in a message that names no field', () => {
    expect(parseFieldErrors("Job 'sync' exists already; choose another id")).toEqual([]);
  });
});
