import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { describeScripts } from '../../../lib/describe-scripts.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

let folder: string;
beforeEach(() => {
  folder = temporaryFolder();
});

/** Writes bundles of scripts. */
const given = (sources: Readonly<Record<string, string>>) =>
  new Map(
    Object.entries(sources).map(([name, source]) => {
      const file = join(folder, `${name}.mjs`);
      writeFileSync(file, source);
      return [name, file];
    }),
  );

describe('describeScripts', () => {
  it('reads description and usage of each script, sorted by name', async () => {
    const files = given({
      b: `export default { description: 'Second.', run() {} };`,
      a: `export default { description: 'First.', usage: '<day> [size]', run() {} };`,
    });

    expect(await describeScripts(files)).toEqual({
      scripts: [
        { name: 'a', description: 'First.', usage: '<day> [size]' },
        { name: 'b', description: 'Second.', usage: null },
      ],
      errors: [],
    });
  });

  it.each([
    ['throws when it is imported', 'throw new Error()'],
    ['has no default export', 'export const run = 1;'],
    ['exports null', 'export default null;'],
    ['ends the process', 'process.exit(1);'],
  ])('lists a script that %s without a description', async (_, source) => {
    const { scripts, errors } = await describeScripts(given({ a: source }));

    expect(scripts).toEqual([{ name: 'a', description: null, usage: null }]);
    expect(errors).toEqual([]);
  });

  it('evaluates scripts without the variables of this process, and ignores what they print and keep open', async () => {
    vi.stubEnv('SECRET_OF_THE_PROCESS', 'hunter2');
    const files = given({
      a: `console.log('[]'); setInterval(() => {}, 1000);
        export default { description: String(process.env.SECRET_OF_THE_PROCESS), run() {} };`,
    });

    const { scripts } = await describeScripts(files);

    vi.unstubAllEnvs();
    expect(scripts).toEqual([{ name: 'a', description: 'undefined', usage: null }]);
  });

  it('reads the payload schema of a script, and reports one that the API cannot apply', async () => {
    const files = given({
      a: `export default { payload: { type: 'object', required: ['id'] }, run() {} };`,
      b: `export default { payload: { type: 'object', if: {} }, run() {} };`,
      c: `export default { payload: { '~standard': { version: 1, vendor: 'own',
        validate: (value) => value === undefined ? { issues: [{ message: 'missing' }] } : { value },
        jsonSchema: { input: () => ({ type: 'string' }) } } }, run() {} };`,
    });

    const { scripts, errors } = await describeScripts(files);

    expect(scripts).toMatchObject([
      { name: 'a', payload: { type: 'object', required: ['id'] } },
      { name: 'b' },
      { name: 'c', payload: { type: 'string' }, payloadRequired: true },
    ]);
    expect(scripts.map((script) => 'payload' in script)).toEqual([true, false, true]);
    expect(errors).toEqual([
      { script: 'b', message: expect.stringMatching(/^The script 'b': payload is no valid schema: /) },
    ]);
  });

  it('reports invalid fields by name', async () => {
    const files = given({
      a: `export default { description: '', usage: ['day'] };`,
      b: `export default { description: 'x'.repeat(501) };`,
    });

    const { errors } = await describeScripts(files);

    expect(errors.map(({ message }) => message)).toEqual([
      "The script 'a': description must be text of 1–500 characters, got 0 characters",
      `The script 'a': usage must be text of 1–200 characters, got ["day"]`,
      "The script 'b': description must be text of 1–500 characters, got 501 characters",
    ]);
  });

  it('starts no process without scripts', async () => {
    expect(await describeScripts(new Map())).toEqual({ scripts: [], errors: [] });
  });
});
