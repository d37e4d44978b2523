import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { buildFunction } from '../../../../../lib/local/targets/build-function.ts';
import { temporaryFolder } from '../../../../helpers/temporary-folder.ts';

describe('buildFunction', () => {
  it('bundles a module with what it imports', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'sum.ts'), 'export const sum = (a: number, b: number) => a + b;\n');
    writeFileSync(
      join(folder, 'fn.ts'),
      "import { sum } from './sum.ts';\nexport const handler = async () => sum(1, 2);\n",
    );

    const bundle = await buildFunction('report', join(folder, 'fn.ts'), join(folder, 'out'));

    const { handler } = (await import(pathToFileURL(bundle).href)) as { readonly handler: () => Promise<number> };
    expect(await handler()).toBe(3);
  });

  it.each([
    ['does not exist', undefined],
    ['has errors', 'export const handler = ;'],
  ])('names the target whose module %s', async (_, code) => {
    const folder = temporaryFolder();
    if (code !== undefined) writeFileSync(join(folder, 'fn.ts'), code);

    const built = buildFunction('report', join(folder, 'fn.ts'), join(folder, 'out'));

    await expect(built).rejects.toThrow(/^targets\.report\.local\.module cannot be bundled: .*fn\.ts/s);
  });
});
