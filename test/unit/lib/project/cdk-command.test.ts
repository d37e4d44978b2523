import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { appCommand, cdkArguments, findCdk } from '../../../../lib/project/cdk-command.ts';
import { givenProject } from '../../../helpers/project/given-project.ts';

describe('cdkArguments', () => {
  const invocation = { stage: 'prod', root: '/work/my-jobs' };

  it('puts the passed arguments before those that Jobdeck decides', () => {
    const passed = ['--require-approval', 'never', '-c', 'stage=other'];

    const args = cdkArguments({ ...invocation, command: 'deploy', passed });

    expect(args.slice(0, 6)).toEqual(['deploy', ...passed, '--all']);
    expect(args.slice(-4)).toEqual(['--output', '/work/my-jobs/.jobdeck/cdk.out/prod', '--context', 'stage=prod']);
    expect(args).toContain('--no-notices');
  });

  it('names the app of projects', () => {
    const args = cdkArguments({ ...invocation, command: 'diff' });

    expect(args[args.indexOf('--app') + 1]).toMatch(/lib\/project\/app\.ts$/);
  });

  it('prints no template and selects no stack for synth', () => {
    const args = cdkArguments({ ...invocation, command: 'synth' });

    expect(args).toContain('--quiet');
    expect(args).not.toContain('--all');
  });

  it.each([
    [true, true],
    [false, false],
  ])('destroys without a question: %s if confirmed: %s', (expected, isConfirmed) => {
    const args = cdkArguments({ ...invocation, command: 'destroy', isConfirmed });

    expect(args.includes('--force')).toBe(expected);
  });

  it('deploys without the option of destroy', () => {
    expect(cdkArguments({ ...invocation, command: 'deploy', isConfirmed: true })).not.toContain('--force');
  });
});

describe('appCommand', () => {
  it('protects each character of a path from a POSIX shell', () => {
    const odd = `/tmp/a $HOME "b" it's \`c\`/app.ts`;

    const command = appCommand(odd, 'linux', '/usr/bin/printf %s|');

    // The shell receives the whole name of the program and of the app.
    const words = execFileSync('/bin/sh', ['-c', `for word in ${command}; do printf '%s\\n' "$word"; done`]);
    expect(words.toString().trim().split('\n')).toEqual(['/usr/bin/printf %s|', odd]);
  });

  it('leaves plain paths as they are', () => {
    expect(appCommand('/app.js', 'linux', '/bin/node')).toBe('/bin/node /app.js');
  });

  it('uses double quotes on Windows', () => {
    expect(appCommand('C:\\My Jobs\\app.js', 'win32', 'C:\\node.exe')).toBe('"C:\\node.exe" "C:\\My Jobs\\app.js"');
  });
});

describe('findCdk', () => {
  it('prefers the CDK CLI of the project', () => {
    const root = givenProject({ 'node_modules/aws-cdk/package.json': '{ "name": "aws-cdk", "version": "2.0.0" }' });

    expect(findCdk(root)).toBe(join(root, 'node_modules', 'aws-cdk', 'bin', 'cdk'));
  });

  it('uses that of this package for a project without one', () => {
    expect(existsSync(findCdk(givenProject()))).toBe(true);
  });

  it('names the command that installs it if there is none', () => {
    const root = givenProject();

    expect(() => findCdk(root, join(root, 'module.js'))).toThrow(/npm install --save-dev aws-cdk/);
  });
});
