import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { tryLock, withLock } from '../../../../../lib/local/support/file-lock.ts';
import { temporaryFolder } from '../../../../helpers/temporary-folder.ts';

const aFile = () => join(temporaryFolder(), 'lock');

describe('tryLock', () => {
  it('refuses a second lock until the first is released', () => {
    const file = aFile();

    const release = tryLock(file);
    const second = tryLock(file);
    release?.();
    const third = tryLock(file);

    expect([release, second, third]).toEqual([expect.any(Function), undefined, expect.any(Function)]);
    third?.();
  });

  it('locks a file whose owner was killed', async () => {
    const file = aFile();
    const module = new URL('../../../../../lib/local/support/file-lock.ts', import.meta.url).href;
    const program = `const { tryLock } = await import('${module}'); tryLock(${JSON.stringify(file)}); process.kill(process.pid, 'SIGKILL');`;

    const owner = promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program]);

    await expect(owner).rejects.toMatchObject({ signal: 'SIGKILL' });
    const release = tryLock(file);
    expect(release).toBeTypeOf('function');
    release?.();
  });

  it('throws if the file cannot be created', () => {
    expect(() => tryLock(join(temporaryFolder(), 'missing', 'lock'))).toThrow(/unable to open/);
  });
});

describe('withLock', () => {
  it('does the work of one caller after that of another, also after an error', async () => {
    const file = aFile();
    const events: string[] = [];
    const finishFirst = Promise.withResolvers<void>();
    const first = withLock(file, async () => {
      events.push('first begins');
      await finishFirst.promise;
      events.push('first fails');
      throw new Error('failed');
    });
    const second = withLock(file, async () => {
      events.push('second begins');
      return 'done';
    });

    finishFirst.resolve();

    await expect(first).rejects.toThrow('failed');
    expect(await second).toBe('done');
    expect(events).toEqual(['first begins', 'first fails', 'second begins']);
  });
});
