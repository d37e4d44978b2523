import { describe, expect, it } from 'vitest';
import { parseFieldErrors } from '../../../../../../functions/console/app/view/form-errors.ts';

describe('parseFieldErrors', () => {
  it('splits a message into the errors of its fields', () => {
    const message = 'id: must be 1–64 of A–Z a–z, got ""; name: must be text of 1–200 characters, got ""';

    expect(parseFieldErrors(message)).toEqual([
      { field: 'id', message: 'must be 1–64 of A–Z a–z, got ""' },
      { field: 'name', message: 'must be text of 1–200 characters, got ""' },
    ]);
  });

  it('keeps a received value that looks like another error', () => {
    const message = 'name: must be text, got "a; id: \\"b\\"; id: c"; args[2]: must be text';

    expect(parseFieldErrors(message)).toEqual([
      { field: 'name', message: 'must be text, got "a; id: \\"b\\"; id: c"' },
      { field: 'args[2]', message: 'must be text' },
    ]);
  });

  it('keeps a received value that the API cut after 80 characters', () => {
    const cut = `${JSON.stringify(`; id: ${'x'.repeat(100)}`).slice(0, 80)}…`;

    expect(parseFieldErrors(`name: must be text, got ${cut}; http.url: is required`)).toEqual([
      { field: 'name', message: `must be text, got ${cut}` },
      { field: 'http.url', message: 'is required' },
    ]);
  });

  it('finds no error in a message without a field', () => {
    expect(parseFieldErrors("Job 'sync' exists already; choose another id")).toEqual([]);
  });
});
