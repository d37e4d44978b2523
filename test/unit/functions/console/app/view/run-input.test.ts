import { describe, expect, it } from 'vitest';
import {
  bodyFromForm,
  bodyFromRun,
  EMPTY_INPUT,
  formFromRun,
  validateInput,
} from '../../../../../../functions/console/app/view/run-input.ts';

const RUN = {
  payload: { order: 7 },
  args: ['a', 'b c'],
  env: { MODE: 'full', SUM: '1+1=2' },
  tags: ['import'],
  note: 'by hand',
  priority: 1,
};
const PLAIN = { payload: null, args: null, env: null, tags: [], note: null, priority: 3 };

describe('bodyFromForm', () => {
  it('repeats the input of a run', () => {
    expect(bodyFromForm(formFromRun(RUN))).toEqual(RUN);
    expect(bodyFromRun(RUN)).toEqual(RUN);
  });

  it('returns nothing for an empty form, and for a run without input', () => {
    expect(bodyFromForm(EMPTY_INPUT)).toBeUndefined();
    expect(formFromRun(PLAIN)).toEqual(EMPTY_INPUT);
    expect(bodyFromRun(PLAIN)).toBeUndefined();
  });

  it('keeps the digits of a number that a double would round', () => {
    const body = bodyFromForm({ ...EMPTY_INPUT, payload: '{"id":9007199254740993}' });

    expect(JSON.stringify(body)).toBe('{"payload":{"id":9007199254740993}}');
  });
});

describe('validateInput', () => {
  it('returns an error for a payload that is not JSON and a variable without a value', () => {
    expect(validateInput({ ...EMPTY_INPUT, payload: '{order}', env: 'MODE=1\nMODE' })).toEqual({
      payload: expect.stringMatching(/^Must be JSON: /),
      env: 'Each line must have the form NAME=value, got "MODE"',
    });
    expect(validateInput(formFromRun(RUN))).toEqual({});
  });
});
