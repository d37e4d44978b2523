import { afterEach, describe, expect, it, vi } from 'vitest';
import { stageConfig } from '../../../../lib/config.ts';
import { describeTarget, findDeploymentTarget } from '../../../../lib/doctor/deployment-target.ts';
import { ACCOUNT_ID, credentials, startAwsAccount } from '../../../helpers/fakes/aws-account.ts';
import { givenProject } from '../../../helpers/project/given-project.ts';
import { temporaryFolder } from '../../../helpers/temporary-folder.ts';

const now = Date.now;

/** Folders without files of the CDK. */
const noFiles = () => ({ root: temporaryFolder(), home: temporaryFolder() });
let close: ((this: void) => Promise<void>) | undefined;
afterEach(() => {
  vi.unstubAllEnvs();
  return close?.();
});

async function givenAws() {
  const aws = await startAwsAccount();
  close = () => aws.close();
  return aws;
}

describe('findDeploymentTarget', () => {
  it.each([
    [{ region: 'eu-central-1' }, [], 'eu-central-1'],
    [{}, [], 'eu-west-1'],
    [{}, ['--region', 'eu-north-1'], 'eu-north-1'],
    [{ region: 'eu-central-1' }, ['--region=eu-north-1'], 'eu-central-1'],
  ])('finds account and region for the stage %j and the arguments %j', async (settings, passed, region) => {
    const { variables, received } = await givenAws();

    const target = await findDeploymentTarget(
      stageConfig('prod', settings),
      { ...noFiles(), variables, now, credentials },
      passed,
    );

    expect(target).toEqual({ account: ACCOUNT_ID, region });
    expect(received[0]?.headers.authorization).toContain(`/${region}/sts/`);
  });

  it('uses the profile that is passed to the CDK CLI', async () => {
    const { variables, received } = await givenAws();
    const root = givenProject({
      'aws/config': '[profile ops]\nregion = ap-southeast-2\n',
      'aws/credentials': '[ops]\naws_access_key_id = AKIAOFPROFILE\naws_secret_access_key = test\n',
    });
    vi.stubEnv('AWS_CONFIG_FILE', `${root}/aws/config`);
    vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', `${root}/aws/credentials`);
    for (const name of ['AWS_REGION', 'AWS_DEFAULT_REGION', 'AWS_PROFILE']) vi.stubEnv(name, undefined);
    const { AWS_REGION: _, ...others } = variables;

    const target = await findDeploymentTarget(stageConfig('prod', {}), { ...noFiles(), variables: others, now }, [
      '--profile=ops',
    ]);

    expect(target).toEqual({ account: ACCOUNT_ID, region: 'ap-southeast-2' });
    expect(received[0]?.headers.authorization).toContain('Credential=AKIAOFPROFILE/');
  });

  const keyOf = (name: string) =>
    `[${name}]\naws_access_key_id = AKIA${name.toUpperCase()}\naws_secret_access_key = test\n`;
  const keys = { AWS_ACCESS_KEY_ID: 'AKIAKEYS', AWS_SECRET_ACCESS_KEY: 'test' };
  const json = (profile: string) => JSON.stringify({ profile, region: `${profile}-region` });

  it.each<{
    readonly of: string;
    readonly set: Readonly<Record<string, string>>;
    readonly passed?: readonly string[];
    readonly project?: Readonly<Record<string, string>>;
    readonly user?: Readonly<Record<string, string>>;
    readonly used: string;
    readonly region?: string;
  }>([
    { of: 'an access key before AWS_PROFILE', set: { ...keys, AWS_PROFILE: 'ops' }, used: 'AKIAKEYS' },
    {
      of: 'an access key of the variables AMAZON_*',
      set: { AMAZON_ACCESS_KEY_ID: 'AKIAOLD', AMAZON_SECRET_ACCESS_KEY: 'test', AWS_PROFILE: 'ops' },
      used: 'AKIAOLD',
    },
    {
      of: 'AWS_PROFILE without a whole access key',
      set: { AWS_ACCESS_KEY_ID: 'A', AWS_PROFILE: 'ops' },
      used: 'AKIAOPS',
    },
    { of: 'AWS_DEFAULT_PROFILE', set: { AWS_DEFAULT_PROFILE: 'ops' }, used: 'AKIAOPS' },
    {
      of: 'AWS_PROFILE before AWS_DEFAULT_PROFILE',
      set: { AWS_PROFILE: 'ops', AWS_DEFAULT_PROFILE: 'dev' },
      used: 'AKIAOPS',
    },
    { of: '--profile before an access key', set: keys, passed: ['--profile', 'ops'], used: 'AKIAOPS' },
    { of: 'CDK_PROFILE before an access key', set: { ...keys, CDK_PROFILE: 'ops' }, used: 'AKIAOPS' },
    {
      of: 'cdk.json before an access key and ~/.cdk.json',
      set: keys,
      project: { 'cdk.json': json('ops') },
      user: { '.cdk.json': json('dev') },
      used: 'AKIAOPS',
      region: 'ops-region',
    },
    { of: '~/.cdk.json', set: {}, user: { '.cdk.json': json('dev') }, used: 'AKIADEV', region: 'dev-region' },
    {
      of: '--profile and --region before cdk.json',
      set: {},
      passed: ['--profile=dev', '--region=eu-north-1'],
      project: { 'cdk.json': json('ops') },
      used: 'AKIADEV',
      region: 'eu-north-1',
    },
    { of: 'no cdk.json that is invalid', set: { AWS_PROFILE: 'ops' }, project: { 'cdk.json': '{' }, used: 'AKIAOPS' },
  ])(
    'asks for the account with the credentials of the CDK CLI: $of',
    async ({ set, passed, project, user, used, region }) => {
      const { variables, received } = await givenAws();
      const root = givenProject({ 'aws/config': '', 'aws/credentials': `${keyOf('ops')}${keyOf('dev')}`, ...project });
      const home = givenProject(user);
      vi.stubEnv('AWS_CONFIG_FILE', `${root}/aws/config`);
      vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', `${root}/aws/credentials`);
      for (const name of ['AWS_PROFILE', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']) vi.stubEnv(name, undefined);
      for (const [name, value] of Object.entries(set)) vi.stubEnv(name, value);
      const environment = { root, home, variables: { ...variables, ...set }, now };

      const target = await findDeploymentTarget(stageConfig('prod', {}), environment, passed);

      expect(received[0]?.headers.authorization).toContain(`Credential=${used}/`);
      expect(target).toEqual({ account: ACCOUNT_ID, region: region ?? 'eu-west-1' });
    },
  );

  it('uses the region of the profile default if the profile has none', async () => {
    const { variables } = await givenAws();
    const root = givenProject({ 'aws/config': '[default]\nregion = sa-east-1\n', 'aws/credentials': keyOf('ops') });
    vi.stubEnv('AWS_CONFIG_FILE', `${root}/aws/config`);
    vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', `${root}/aws/credentials`);
    for (const name of ['AWS_REGION', 'AWS_DEFAULT_REGION']) vi.stubEnv(name, undefined);
    const environment = { ...noFiles(), variables: { ...variables, AWS_REGION: undefined, AWS_PROFILE: 'ops' }, now };

    expect(await findDeploymentTarget(stageConfig('prod', {}), environment)).toMatchObject({ region: 'sa-east-1' });
  });

  it('says why the account is unknown', async () => {
    const { variables } = await givenAws();
    const none = () => Promise.reject(new Error('Could not load credentials from any providers'));

    const target = await findDeploymentTarget(stageConfig('prod', {}), {
      ...noFiles(),
      variables,
      now,
      credentials: none,
    });

    expect(target).toEqual({
      account: undefined,
      region: 'eu-west-1',
      unknownBecause: 'no AWS credentials; a deployment needs them',
    });
  });
});

describe('describeTarget', () => {
  const region = 'eu-west-1';

  it('names stage, account and region', () => {
    const stage = stageConfig('prod', { account: ACCOUNT_ID });

    expect(describeTarget(stage, { account: ACCOUNT_ID, region })).toBe(
      `Stage prod: account ${ACCOUNT_ID}, region eu-west-1`,
    );
    expect(describeTarget(stageConfig('prod', {}), { account: undefined, region, unknownBecause: 'offline' })).toBe(
      'Stage prod: account unknown (offline), region eu-west-1',
    );
  });

  it.each([
    ['another account', { account: '210987654321', region }, 'are of 210987654321'],
    [
      'an unknown account',
      { account: undefined, region, unknownBecause: 'offline' },
      'are of an unknown account (offline)',
    ],
  ])('rejects the credentials of %s', (_, target, message) => {
    const stage = stageConfig('prod', { account: ACCOUNT_ID });

    expect(() => describeTarget(stage, target)).toThrow(
      `The stage prod has the account ${ACCOUNT_ID} in jobdeck.config.ts, but the credentials ${message}.`,
    );
  });
});
