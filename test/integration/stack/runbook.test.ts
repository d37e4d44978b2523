import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { ALARM_NAMES } from '../../../lib/alarm-names.ts';
import { FUNCTION_ENTRIES } from '../../../lib/function-entries.ts';
import { projectRoot } from '../../../lib/project-root.ts';

const runbook = readFileSync(join(projectRoot, 'lib', 'RUNBOOK.md'), 'utf8');

test.each(ALARM_NAMES)('describes the alarm %s', (name) => {
  const [, section = ''] = runbook.split(`\n### ${name}\n`);
  const text = section.split(/\n#{1,3} /)[0]?.trim() ?? '';
  const parts = text.split(/^- \*\*(\w+)\*\*: /m).slice(1);
  expect(parts.filter((_, i) => i % 2 === 0)).toEqual(['Description', 'Investigation', 'Resolution']);
  for (const part of parts.filter((_, i) => i % 2 === 1)) expect(part).toMatch(/\w+ \w+/);
});

describe('runbook', () => {
  const code = [...runbook.matchAll(/`([^`\n]+)`/g)].map(([, text = '']) => text);

  it('has a section for no other alarm', () => {
    const headings = [...runbook.matchAll(/^### (.*)$/gm)].map(([, heading = '']) => heading);
    expect(headings.toSorted()).toEqual(ALARM_NAMES.toSorted());
  });

  it('names log events that functions write', () => {
    const folder = join(projectRoot, 'functions');
    const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.ts'));
    const source = paths.map((path) => readFileSync(join(folder, path), 'utf8')).join('\n');
    const events = code.filter((text) => /^[a-z]+\.[a-z_]+$/.test(text) && text !== 'slack.token');

    expect(events.length).toBeGreaterThan(20);
    // `forEachTenant` adds the suffix to the name of its task.
    const isWritten = (event: string) =>
      source.includes(`'${event}'`) || source.includes(`forEachTenant(platform, '${event.replace('.failed', '')}'`);
    expect(events.filter((event) => !isWritten(event))).toEqual([]);
  });

  it('lists all functions', () => {
    expect(Object.keys(FUNCTION_ENTRIES).filter((name) => !code.includes(name))).toEqual([]);
  });
});
