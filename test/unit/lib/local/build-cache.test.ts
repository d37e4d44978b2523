import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { BuildCache } from '../../../../lib/local/build-cache.ts';
import { temporaryFolder } from '../../../helpers/temporary-folder.ts';

/** Returns a cache, and inputs of builds whose content is their hash. */
function givenInputs() {
  const folder = temporaryFolder();
  const inputs = { content: 'a', builds: 0 };
  /** @param change the change of the inputs after the build has read them */
  const ensure = (change: (inputs: { content: string; builds: number }) => void = () => {}) =>
    new BuildCache(folder).ensure(
      () => inputs.content,
      async (draft) => {
        inputs.builds += 1;
        change(inputs);
        await mkdir(draft);
        await writeFile(join(draft, 'built'), inputs.content);
      },
    );
  return { folder, inputs, ensure };
}

const builtIn = (folder: string) => readFileSync(join(folder, 'built'), 'utf8');

describe('BuildCache', () => {
  it('builds once for equal inputs', async () => {
    const { inputs, ensure } = givenInputs();

    const folders = [await ensure(), ...(await Promise.all([ensure(), ensure()]))];

    expect(new Set(folders).size).toBe(1);
    expect(inputs.builds).toBe(1);
  });

  it('builds again if the inputs change during the build, and stores nothing under the former hash', async () => {
    const { folder, inputs, ensure } = givenInputs();

    const built = await ensure((changed) => {
      changed.content = 'b';
    });

    expect(built).toBe(join(folder, 'b'));
    expect(builtIn(built)).toBe('b');
    expect(existsSync(join(folder, 'a'))).toBe(false);
    expect(inputs.builds).toBe(2);
  });

  it('fails if the inputs change during each of three builds, and keeps no draft', async () => {
    const { folder, inputs, ensure } = givenInputs();

    const built = ensure((changed) => {
      changed.content += 'x';
    });

    await expect(built).rejects.toThrow('The sources changed during each of 3 builds');
    expect(inputs.builds).toBe(3);
    expect(readdirSync(folder).filter((name) => name !== 'build.lock')).toEqual([]);
  });
});
