import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { collect, toRunInputBody } from '../../../../lib/cli/run-input.ts';
import { temporaryFolder } from '../../../helpers/temporary-folder.ts';

describe('toRunInputBody', () => {
  it('returns the fields that the options name', async () => {
    const options = {
      payload: '{"order":7}',
      arg: ['a', 'b'],
      env: ['MODE=full', 'EMPTY=', 'SUM=1+1=2'],
      tag: ['x'],
      note: '',
    };

    expect(await toRunInputBody(options)).toEqual({
      payload: { order: 7 },
      args: ['a', 'b'],
      env: { MODE: 'full', EMPTY: '', SUM: '1+1=2' },
      tags: ['x'],
      note: '',
    });
  });

  it('returns the start of the run', async () => {
    expect(await toRunInputBody({ at: '2031-05-06T10:00:00Z' })).toEqual({ run_at: '2031-05-06T10:00:00Z' });
    expect(await toRunInputBody({ in: '90' })).toEqual({ delay_s: 90 });
    await expect(toRunInputBody({ in: '1h' })).rejects.toThrow("--in must be a number of seconds, got '1h'");
  });

  it('returns nothing without options', async () => {
    expect(await toRunInputBody({})).toBeUndefined();
  });

  it('reads a payload from a file', async () => {
    const file = join(temporaryFolder(), 'order.json');
    writeFileSync(file, '\ufeff{ "text": "Grüße" }');

    expect(await toRunInputBody({ payload: `@${file}` })).toEqual({ payload: { text: 'Grüße' } });
  });

  it('sends the digits of a number that a double would round', async () => {
    expect(JSON.stringify(await toRunInputBody({ payload: '9007199254740993' }))).toBe('{"payload":9007199254740993}');
  });

  it.each([
    [{ payload: 'order 7' }, /^--payload must be JSON, or @file, or @- \(/],
    [{ payload: '@/nowhere/order.json' }, /^\/nowhere\/order\.json: ENOENT/],
    [{ env: ['hunter2'] }, /^--env must be NAME=value$/],
  ])('rejects %j', async (options, message) => {
    await expect(toRunInputBody(options)).rejects.toThrow(message);
  });
});

describe('collect', () => {
  it('keeps the values of a repeated option in order', () => {
    expect(collect('b', collect('a'))).toEqual(['a', 'b']);
  });
});
