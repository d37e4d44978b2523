import { describe, expect, it } from 'vitest';
import { inputObject, integer, listOf, oneOf, orDefault } from '../../../../../functions/api/http/input-schemas.ts';
import { validate } from '../../../../../functions/api/http/validate.ts';

const schema = inputObject({
  status: orDefault(listOf(oneOf(['pending', 'running']), 2, 1), null),
  limit: orDefault(integer(1, 10), null),
});

describe('validate', () => {
  it.each([
    [{ status: 'pending' }, 'status: must be a list, got "pending"'],
    [{ status: [] }, 'status: must have 1–2 entries, got 0'],
    [{ limit: '7' }, 'limit: must be 1–10, got "7"'],
    [{ limit: 0.5 }, 'limit: must be 1–10, got 0.5'],
    [
      { status: ['x', 'x'], limit: 0 },
      'status[0]: must be pending or running, got "x"; status[1]: must be pending or running, got "x"; limit: must be 1–10, got 0',
    ],
  ])('states each problem of %j once', (value, message) => {
    expect(() => validate(schema, value, 'body')).toThrow(expect.objectContaining({ message }));
  });
});
