import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ALARM_NAMES } from '../../../lib/alarm-names.ts';
import { projectRoot } from '../../../lib/project-root.ts';

const readme = readFileSync(join(projectRoot, 'README.md'), 'utf8');

test.each(ALARM_NAMES)('describes the alarm %s', (name) => {
  const [, section = ''] = readme.split(`\n### ${name}\n`);
  expect(section.split(/\n#{1,3} /)[0]?.trim()).toMatch(/\w+ \w+/);
});
