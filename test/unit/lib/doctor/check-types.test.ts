import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkTypes } from '../../../../lib/doctor/check-types.ts';
import { projectRoot } from '../../../../lib/project-root.ts';
import { givenProject } from '../../../helpers/project/given-project.ts';

const TSCONFIG = '{ "compilerOptions": { "strict": true, "noEmit": true, "types": [] }, "include": ["*.ts"] }';

/** A project with one source file and the compiler of this repository. */
function givenTypes(source: string, tsconfig = TSCONFIG): string {
  const root = givenProject({ 'tsconfig.json': tsconfig, 'a.ts': source, 'node_modules/.keep': '' });
  symlinkSync(join(projectRoot, 'node_modules/typescript'), join(root, 'node_modules/typescript'));
  return root;
}

describe('checkTypes', () => {
  it('reports that there are no errors', async () => {
    expect(await checkTypes(givenTypes('export const a: number = 1;'))).toMatchObject({ level: 'ok' });
  });

  it('warns of errors with their number and the first one', async () => {
    const root = givenTypes(`export const a: number = '1';\nexport const b: string = 2;\n`);

    expect(await checkTypes(root)).toEqual({
      check: 'types',
      level: 'warning',
      message: expect.stringMatching(/^2 errors, the first is a\.ts\(1,14\): error TS2322: .*'number'$/),
      remedy: 'correct them; `npx tsc --noEmit` lists all',
    });
  });

  it('warns of an invalid configuration of the compiler', async () => {
    expect(await checkTypes(givenTypes('', '{ "compilerOptions": { "target": "es1" } }'))).toMatchObject({
      level: 'warning',
      message: expect.stringContaining('error TS'),
    });
  });

  it('skips the check without the compiler or its configuration', async () => {
    const root = givenProject();

    expect(await checkTypes(root)).toMatchObject({ level: 'skipped', message: 'needs the package typescript' });
  });
});
