import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { projectRoot } from '../../../../lib/project-root.ts';
import { PACKAGE_READMES, PACKAGE_SOURCES, readmeExamples } from '../../../helpers/readme-examples.ts';

describe('readmeExamples', () => {
  it('returns the TypeScript blocks under the path in their first line', () => {
    const text = ['Text', '```ts', '// jobs/a.ts', 'a();', '```', '```json', '{}', '```', '```ts', 'b();', '```'].join(
      '\n',
    );

    expect(readmeExamples('lib/x/README.md', text)).toEqual([
      { path: 'jobs/a.ts', code: '// jobs/a.ts\na();\n' },
      { path: 'test/lib-x-2.ts', code: 'b();\n' },
    ]);
  });

  it('returns the blocks of docstrings', () => {
    const text = ['/**', ' * Text.', ' * ```ts', ' * a({', ' *   b: 1,', ' * });', ' * ```', ' */'].join('\n');

    expect(readmeExamples('lib/x/y.ts', text)).toEqual([{ path: 'test/lib-x-y-1.ts', code: 'a({\n  b: 1,\n});\n' }]);
  });

  it.each([...PACKAGE_READMES, ...PACKAGE_SOURCES])('finds each block of %s', (source) => {
    const text = readFileSync(join(projectRoot, source), 'utf8');

    const examples = readmeExamples(source, text);

    expect(examples.length).toBeGreaterThan(0);
    expect(examples).toHaveLength(text.split('```ts\n').length - 1);
  });
});
