import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { main } from '../../../../../lib/cli/main.ts';
import { loadProject } from '../../../../../lib/project/load-project.ts';
import { aRuleNamed, aScheduleNamed, aTarget } from '../../../../helpers/builders/eventbridge.ts';
import { givenProject, writeFiles } from '../../../../helpers/project/given-project.ts';

const PACKAGE = {
  'node_modules/jobdeck/package.json': '{ "name": "jobdeck", "type": "module", "exports": "./index.js" }',
  'node_modules/jobdeck/index.js': 'export const defineJob = (job) => job;\nexport const defineScript = defineJob;\n',
};

/** Writes a project with outputs of the AWS CLI in `aws/`, and returns its import. */
function givenImport(outputs: Readonly<Record<string, unknown>>, files: Readonly<Record<string, string>> = {}) {
  const root = givenProject({ ...PACKAGE, ...files });
  const write = (changed: Readonly<Record<string, unknown>>) => {
    const texts = Object.entries(changed).map(([name, value]) => [`aws/${name}`, JSON.stringify(value, null, 4)]);
    writeFiles(root, Object.fromEntries(texts) as Record<string, string>);
  };
  write(outputs);
  const run = async (...more: readonly string[]) => {
    const said: string[] = [];
    const say = (text: string) => void said.push(text);
    const given = readdirSync(join(root, 'aws')).map((file) => join(root, 'aws', file));
    const code = await main(
      ['import', 'eventbridge', '--project', root, '--file', ...given, ...more],
      {},
      { out: say, err: say },
    );
    return { code, output: said.join('') };
  };
  const read = (file: string) => readFileSync(join(root, file), 'utf8');
  const list = () =>
    ['jobs', 'scripts'].flatMap((folder) => filesOf(join(root, folder)).map((file) => `${folder}/${file}`));
  return { root, run, read, list, write };
}

function filesOf(folder: string): readonly string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}

describe('jobdeck import eventbridge', () => {
  it('writes jobs and scripts that load', async () => {
    const { root, run, read } = givenImport({
      'rules.json': { Rules: [aRuleNamed('nightly-report', { State: 'DISABLED' })] },
      'nightly-report.json': { Targets: [aTarget({ Input: '"it\'s */ `x`\\u2028"' })] },
      'schedules.json': [aScheduleNamed('sync', 'default', { StartDate: '2026-01-01T00:00:00Z' })],
    });

    const { code, output } = await run();

    expect([code, output]).toEqual([
      0,
      ['scripts/nightly-report', 'jobs/nightly-report', 'scripts/sync', 'jobs/sync']
        .map((file) => `Wrote ${file}.ts\n`)
        .join(''),
    ]);
    expect((await loadProject(root)).jobs('acme')).toMatchObject([
      {
        id: 'nightly-report',
        script: 'nightly-report',
        description: 'Sends the report',
        schedule: 'cron(0 20 * * ? *)',
        enabled: 0,
      },
      { id: 'sync', schedule: 'rate(5 minutes)', timezone: 'Europe/Berlin', start_at: '2026-01-01T00:00:00.000Z' },
    ]);
    expect(read('jobs/nightly-report.ts')).toContain(
      [
        '// EventBridge rule arn:aws:events:eu-central-1:123456789012:rule/nightly-report',
        '// Not carried over: the target Target0: arn:aws:lambda:eu-central-1:123456789012:function:report',
        '// Not carried over: the target Target0: Input: "it\'s */ `x`\\u2028"',
        '// Disabled as its origin, and until the script does the work of the target.',
        'export default defineJob({',
      ].join('\n'),
    );
    expect(read('scripts/nightly-report.ts')).toContain(
      "throw new Error('This script does not do the work of its target yet: arn:aws:lambda:",
    );
  });

  it('keeps what was imported before, and imports what is new', async () => {
    const { root, run, list, write, read } = givenImport({ 'rules.json': { Rules: [aRuleNamed('a')] } });
    await run();
    const written = read('scripts/a.ts');
    writeFileSync(join(root, 'scripts/a.ts'), `${written}// Edited.\n`);

    const again = await run();
    write({ 'sync.json': aScheduleNamed('sync') });
    const more = await run();

    expect(again).toEqual({ code: 0, output: 'Kept jobs/a.ts, which was imported from a before\n' });
    expect(more.output).toContain('Wrote jobs/sync.ts');
    expect(list()).toEqual(['jobs/a.ts', 'jobs/sync.ts', 'scripts/a.ts', 'scripts/hello.ts', 'scripts/sync.ts']);
    expect(read('scripts/a.ts')).toBe(`${written}// Edited.\n`);
  });

  it('imports and keeps schedules of the same name in two regions', async () => {
    const other = 'arn:aws:scheduler:us-east-1:123456789012:schedule/default/sync';
    const { run, read } = givenImport({
      'eu.json': aScheduleNamed('sync'),
      'us.json': aScheduleNamed('sync', 'default', { Arn: other }),
    });

    const first = await run();
    const again = await run();

    expect(first.output).toContain('Wrote jobs/sync.ts\n');
    expect(read('jobs/sync-2.ts')).toContain(`// EventBridge schedule ${other}\n`);
    expect(again.output).toBe(
      'Kept jobs/sync.ts, which was imported from sync before\n' +
        `Kept jobs/sync-2.ts, which was imported from EventBridge schedule ${other} before\n`,
    );
  });

  it('recognizes an import in a file of another name', async () => {
    const outputs = { 'rules.json': { Rules: [aRuleNamed('a')] } };
    const first = givenImport(outputs);
    await first.run();

    const moved = givenImport(outputs, {
      'jobs/all.ts': first.read('jobs/a.ts').replaceAll("'../scripts/a.ts'", "'../scripts/hello.ts'"),
    });

    expect(await moved.run()).toEqual({ code: 0, output: 'Kept jobs/all.ts, which was imported from a before\n' });
  });

  it('gives names that are in use a number, regardless of their case, and names of no file another one', async () => {
    const { run, list, root } = givenImport(
      {
        'rules.json': {
          Rules: ['hello', 'Sync', 'con', '.hidden', 'a.b', 'a-b', 'x'.repeat(64)].map((name) => aRuleNamed(name)),
        },
        'schedules.json': [aScheduleNamed('sync'), aScheduleNamed('sync', 'billing'), aScheduleNamed('x'.repeat(64))],
      },
      { 'jobs/mine.ts': "export default { id: 'hidden', name: 'A', script: 'hello' };" },
    );

    const { code } = await run();

    expect(code).toBe(0);
    const names = [
      'Sync',
      'a-b',
      'a-b-2',
      'con-2',
      'hello-2',
      'hidden-2',
      'sync-2',
      'sync-3',
      `${'x'.repeat(62)}-2`,
      'x'.repeat(64),
    ];
    expect(list()).toEqual([
      ...[...names, 'mine'].map((name) => `jobs/${name}.ts`).sort(),
      ...[...names, 'hello'].map((name) => `scripts/${name}.ts`).sort(),
    ]);
    expect((await loadProject(root)).jobs('acme')).toHaveLength(11);
  });

  it('writes nothing if a response is missing or invalid', async () => {
    const { run, list, write } = givenImport({
      'rules.json': { Rules: [aRuleNamed('a')] },
      'list.json': { Schedules: [{ Name: 's', GroupName: 'default' }] },
    });

    expect(await run()).toMatchObject({
      code: 1,
      output: expect.stringContaining('nothing was written\n  default/s: '),
    });
    write({ 'list.json': { Rules: [aRuleNamed('../../x')] } });
    expect(await run()).toMatchObject({
      code: 1,
      output: expect.stringMatching(/list\.json: Rules\.0\.Name: must be/),
    });
    expect(list()).toEqual(['scripts/hello.ts']);
  });

  it('imports names with a prefix only, and prints what it did as JSON', async () => {
    const { run } = givenImport({
      'rules.json': { Rules: [aRuleNamed('prod-a'), aRuleNamed('dev-a'), aRuleNamed('p', { ScheduleExpression: '' })] },
    });

    const { output } = await run('--prefix', 'prod-', '--json');

    expect(JSON.parse(output)).toEqual({
      written: ['scripts/prod-a.ts', 'jobs/prod-a.ts'],
      kept: {},
      left_out: [{ reason: 'an event pattern starts them, no schedule', names: ['p'] }],
    });
  });
});
