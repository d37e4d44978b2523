import { afterEach, describe, expect, it, vi } from 'vitest';
import { stageConfig } from '../../../../lib/config.ts';
import { describeTarget, findDeploymentTarget } from '../../../../lib/doctor/deployment-target.ts';
import { ACCOUNT_ID, credentials, startAwsAccount } from '../../../helpers/fakes/aws-account.ts';
import { givenProject } from '../../../helpers/project/given-project.ts';

const now = Date.now;
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

    const target = await findDeploymentTarget(stageConfig('prod', settings), { variables, now, credentials }, passed);

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

    const target = await findDeploymentTarget(stageConfig('prod', {}), { variables: others, now }, ['--profile=ops']);

    expect(target).toEqual({ account: ACCOUNT_ID, region: 'ap-southeast-2' });
    expect(received[0]?.headers.authorization).toContain('Credential=AKIAOFPROFILE/');
  });

  it('says why the account is unknown', async () => {
    const { variables } = await givenAws();
    const none = () => Promise.reject(new Error('Could not load credentials from any providers'));

    const target = await findDeploymentTarget(stageConfig('prod', {}), { variables, now, credentials: none });

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
