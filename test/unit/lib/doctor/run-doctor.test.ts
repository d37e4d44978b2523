import { describe, expect, it } from 'vitest';
import { formatFinding } from '../../../../lib/doctor/finding.ts';
import { runDoctor } from '../../../../lib/doctor/run-doctor.ts';
import { ACCOUNT_ID, credentials, SECRET_KEY, startAwsAccount } from '../../../helpers/fakes/aws-account.ts';
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

  it('asks AWS in the region of the stage, and reports credentials of another account', async () => {
    const place = `account: '${ACCOUNT_ID}', region: 'eu-central-1'`;
    const other = `account: '210987654321', region: 'us-west-2'`;
    const config = `export default { stages: { prod: { ${place} }, live: { ${other} } } };`;
    const folder = givenProject({ 'jobdeck.config.ts': config });
    const aws = await startAwsAccount();
    const environment = { ...machine, folder, variables: aws.variables, credentials };

    const [prod, live, all] = await Promise.all(
      ['prod', 'live', undefined].map((stage) => runDoctor(environment, stage)),
    );

    await aws.close();
    const findingsOf = (findings: typeof prod, check: string) =>
      findings?.filter((finding) => finding.check === check).map(({ level, message }) => `${level} ${message}`);
    expect(findingsOf(prod, 'bootstrap')).toEqual(['ok version 21 in eu-central-1']);
    expect(findingsOf(prod, 'region')).toEqual(['ok prod in eu-central-1']);
    expect(findingsOf(live, 'account')).toEqual([
      `problem live has the account 210987654321, and the credentials are of ${ACCOUNT_ID}`,
    ]);
    expect(findingsOf(live, 'concurrency')).toEqual([]);
    expect(findingsOf(all, 'account')).toEqual([
      'ok prod has the account of the credentials',
      expect.stringMatching(/^skipped live/),
    ]);
    const regions = aws.received.map(
      ({ headers }) => /\/([a-z0-9-]+)\/lambda\//.exec(headers.authorization ?? '')?.[1],
    );
    expect(new Set(regions.filter(Boolean))).toEqual(new Set(['eu-central-1']));
  });

  it('asks AWS with the access key that the CDK CLI prefers to a profile, and in the region of cdk.json', async () => {
    const folder = givenProject({ 'cdk.json': '{ "region": "eu-north-1" }' });
    const aws = await startAwsAccount();
    const keys = { AWS_ACCESS_KEY_ID: 'AKIAKEYS', AWS_SECRET_ACCESS_KEY: SECRET_KEY, AWS_PROFILE: 'ops' };

    await runDoctor({ ...machine, folder, home: folder, variables: { ...aws.variables, ...keys } });

    await aws.close();
    expect(aws.received[0]?.headers.authorization).toMatch(/Credential=AKIAKEYS\/\d{8}\/eu-north-1\/sts/);
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
