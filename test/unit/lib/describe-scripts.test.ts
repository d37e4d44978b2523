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
    ['has no default export', 'export const run = 1;'],
    ['exports null', 'export default null;'],
  ])('lists a script that %s without a description', async (_, source) => {
    const { scripts, errors } = await describeScripts(given({ a: source }));

    expect(scripts).toEqual([{ name: 'a', description: null, usage: null }]);
    expect(errors).toEqual([]);
  });

  const good = `export default { payload: { type: 'string' }, run() {} };`;
  const ok = (name: string) => ({
    name,
    description: null,
    usage: null,
    payload: { type: 'string' },
    payloadRequired: true,
  });

  it.each([
    ['throws', `throw new Error('TOKEN is not set');`, 'cannot be imported: Error: TOKEN is not set'],
    ['throws a text', `throw 'no';`, "cannot be imported: 'no'"],
    [
      'imports a missing package',
      `import 'not-installed';`,
      /cannot be imported: Error: Cannot find package 'not-installed'/,
    ],
    ['ends the process', 'process.exit(1);', 'ends the process when it is imported (exit code 1)'],
    ['ends the process with success', 'process.exit();', 'ends the process when it is imported (exit code 0)'],
    ['kills the process', `process.kill(process.pid, 'SIGKILL');`, 'ends the process when it is imported (SIGKILL)'],
    ['waits forever', 'await new Promise(() => {});', 'waits forever when it is imported'],
    [
      'has a payload whose validation throws',
      `export default { payload: { '~standard': { validate() { throw new TypeError('no value'); } } } };`,
      'cannot be described: TypeError: no value',
    ],
    ['has a function as payload', 'export default { payload() {} };', /cannot be described: .*is a function/],
    [
      'has a payload that is no JSON',
      'export default { payload: { const: 1n } };',
      /cannot be described: TypeError: .*BigInt/,
    ],
  ])('reports a script that %s at import, and reads the schemas of the others', async (_, source, cause) => {
    const { scripts, errors } = await describeScripts(given({ a: good, b: source, c: good }));

    expect(scripts).toEqual([ok('a'), { name: 'b', description: null, usage: null }, ok('c')]);
    expect(errors).toEqual([{ script: 'b', message: expect.stringContaining("The script 'b' ") }]);
    expect(errors[0]?.message).toMatch(cause);
  });

  it('does not blame a script for the work that another one left behind', async () => {
    const files = given({
      a: `setImmediate(() => process.exit(1)); ${good}`,
      b: `await new Promise((resolve) => setTimeout(resolve, 50)); ${good}`,
    });

    expect(await describeScripts(files)).toEqual({ scripts: [ok('a'), ok('b')], errors: [] });
  });

  it('reports a script whose import does not end', async () => {
    const files = given({ a: 'setInterval(() => {}, 1000); await new Promise(() => {});' });

    const { errors } = await describeScripts(files, 100);

    expect(errors).toMatchObject(
      [{ script: 'a', message: /^The script 'a' is not imported within 0\.1 s\. / }].map(({ script, message }) => ({
        script,
        message: expect.stringMatching(message),
      })),
    );
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
      d: `export default { payload: { type: ['string', 'null'] }, run() {} };`,
    });

    const { scripts, errors } = await describeScripts(files);

    expect(scripts).toMatchObject([
      { name: 'a', payload: { type: 'object', required: ['id'] }, payloadRequired: true },
      { name: 'b' },
      { name: 'c', payload: { type: 'string' }, payloadRequired: true },
      { name: 'd', payload: { type: ['string', 'null'] } },
    ]);
    expect(scripts.map((script) => 'payload' in script)).toEqual([true, false, true, true]);
    expect(scripts.map((script) => 'payloadRequired' in script)).toEqual([true, false, true, false]);
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
