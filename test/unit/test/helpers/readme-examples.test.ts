import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { projectRoot } from '../../../../lib/project-root.ts';
import { PACKAGE_READMES, readmeExamples } from '../../../helpers/readme-examples.ts';

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

  it.each(PACKAGE_READMES)('finds each block of %s', (readme) => {
    const text = readFileSync(join(projectRoot, readme), 'utf8');

    const examples = readmeExamples(readme, text);

    expect(examples.length).toBeGreaterThan(0);
    expect(examples).toHaveLength(text.split('```ts\n').length - 1);
  });
});
