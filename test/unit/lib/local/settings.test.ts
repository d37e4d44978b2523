import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { dataFolder } from '../../../../lib/local/settings.ts';
import { projectRoot } from '../../../../lib/project-root.ts';
import { temporaryFolder } from '../../../helpers/temporary-folder.ts';

describe('dataFolder', () => {
  it('returns a folder in the project that contains the current folder', () => {
    const root = temporaryFolder();
    writeFileSync(join(root, 'jobdeck.config.ts'), '');
    mkdirSync(join(root, 'scripts/lib'), { recursive: true });

    expect(dataFolder({}, join(root, 'scripts/lib'))).toBe(join(root, '.jobdeck/data'));
  });

  it('returns a folder in the repository without a project', () => {
    expect(dataFolder({}, temporaryFolder())).toBe(join(projectRoot, '.jobdeck'));
  });

  it('returns JOBDECK_DATA, which precedes the project', () => {
    const root = temporaryFolder();
    writeFileSync(join(root, 'jobdeck.config.ts'), '');

    expect(dataFolder({ JOBDECK_DATA: '/elsewhere' }, root)).toBe('/elsewhere');
  });
});
