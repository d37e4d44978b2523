import { describe, expect, it } from 'vitest';
import { flowJobRequest } from '../../../../../../functions/api/definition/job-request.ts';
import {
  editableFields,
  formatDefinition,
  locateErrors,
  parseDefinition,
  patchBetween,
  TEMPLATES,
} from '../../../../../../functions/console/app/view/flow-form.ts';

describe('the text of a flow', () => {
  it.each(TEMPLATES.map(({ name, definition }) => [name, definition] as const))(
    'accepts the template %s',
    (_, definition) => {
      expect(parseDefinition(formatDefinition(definition))).toEqual({ kind: 'definition', definition });
      expect(flowJobRequest().safeParse(definition).error).toBeUndefined();
    },
  );

  it('locates a JSON syntax error', () => {
    expect(parseDefinition('{\n  "id": oops\n}')).toMatchObject({ kind: 'error', error: { line: 2, column: 9 } });
    expect(parseDefinition('[]')).toMatchObject({ kind: 'error', error: { message: /object/ } });
  });

  it('locates an error at its field, and within an expression at the character', () => {
    const where = 'say = "\\"hi" ~ (';
    const text = JSON.stringify({ id: 'x', flow: { transforms: [{ where }] } }, null, 2);
    const [field, expression, missing] = locateErrors(text, [
      { field: 'id', message: 'is taken' },
      { field: 'flow.transforms[0].where', message: 'must be JSONata', position: where.indexOf('~') + 1 },
      { field: 'flow.sinks', message: 'must have 1–10 entries' },
    ]);

    expect(text.slice(field?.range.start, field?.range.end)).toBe('"x"');
    expect(text.charAt(expression?.range.start ?? 0)).toBe('~');
    expect(expression).toMatchObject({ line: 6, message: expect.stringMatching(/at character 14 /) });
    expect(text.slice(missing?.range.start).startsWith('{\n    "transforms"')).toBe(true);
  });

  it('contains the editable fields only', () => {
    const definition = { id: 'x', type: 'flow', script: null, tags: [], labels: {}, created_at: 1, flow: {} };
    expect(editableFields(definition)).toEqual({ id: 'x', flow: {} });
    expect(editableFields({ ...definition, labels: { a: 'b' } })).toMatchObject({ labels: { a: 'b' } });
  });

  it('sends changed fields, and null for removed ones', () => {
    const before = { id: 'x', schedule: '@daily', flow: { sources: [] } };
    expect(patchBetween(before, { id: 'x', flow: { sources: [] }, name: 'y' })).toEqual({
      schedule: null,
      name: 'y',
    });
  });
});
