import { describe, expect, it } from 'vitest';
import { formatFinding } from '../../../../lib/doctor/finding.ts';
import { runDoctor } from '../../../../lib/doctor/run-doctor.ts';
import { credentials, SECRET_KEY, startAwsAccount } from '../../../helpers/fakes/aws-account.ts';
import { givenProject } from '../../../helpers/project/given-project.ts';
import { temporaryFolder } from '../../../helpers/temporary-folder.ts';

const machine = { nodeVersion: '24.1.0', findNpmVersion: async () => '11.0.0', now: Date.now };

describe('runDoctor', () => {
  it('asks AWS about a stage with a firewall in two regions, and prints no secret', async () => {
    const config = 'export default { stages: { prod: { edge: { requestsPerFiveMinutesPerIp: 2000 } } } };';
    const folder = givenProject({ 'jobdeck.config.ts': config });
    const aws = await startAwsAccount();

    const findings = await runDoctor({ ...machine, folder, variables: aws.variables, credentials }, 'prod');

    await aws.close();
    const messages = findings.filter(({ check }) => check === 'bootstrap').map(({ message }) => message);
    expect(messages).toEqual(['version 21 in eu-west-1', 'version 21 in us-east-1']);
    expect(findings.filter(({ check }) => check === 'concurrency')).toMatchObject([{ level: 'ok' }]);
    expect(findings.map(formatFinding).join('\n')).not.toContain(SECRET_KEY);
  });

  it('skips the project and AWS outside a project and without credentials', async () => {
    const variables = { AWS_REGION: 'eu-west-1' };
    const none = () => Promise.reject(new Error('Could not load credentials from any providers'));

    const findings = await runDoctor({ ...machine, folder: temporaryFolder(), variables, credentials: none });

    const skipped = findings.filter(({ level }) => level === 'skipped').map(({ check }) => check);
    expect(skipped).toEqual(['project', 'credentials', 'region', 'bootstrap', 'concurrency']);
  });
});

describe('formatFinding', () => {
  it('formats a finding in one line with its remedy', () => {
    const finding = { check: 'project', level: 'problem', message: 'a\n  b', remedy: 'correct it' } as const;

    expect(formatFinding(finding)).toBe('problem  project: a b. To do: correct it');
  });
});
