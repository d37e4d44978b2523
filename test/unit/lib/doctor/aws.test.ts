import { afterEach, describe, expect, it } from 'vitest';
import { stageConfig } from '../../../../lib/config.ts';
import { AwsAccount, findRegion } from '../../../../lib/doctor/aws-account.ts';
import { checkAccount, checkClock, checkRegion, checkStageAccounts } from '../../../../lib/doctor/check-account.ts';
import { checkBootstrap } from '../../../../lib/doctor/check-bootstrap.ts';
import { checkAccountConcurrency } from '../../../../lib/doctor/check-concurrency.ts';
import {
  ACCOUNT_ID,
  bootstrapVersion,
  concurrency,
  type FakeAccount,
  startAwsAccount,
} from '../../../helpers/fakes/aws-account.ts';

let close: ((this: void) => Promise<void>) | undefined;
afterEach(() => close?.());

async function givenAccount(responses: FakeAccount = {}) {
  const aws = await startAwsAccount(responses);
  close = () => aws.close();
  return aws;
}

describe('AwsAccount', () => {
  it('signs each request for its service and region', async () => {
    const { account, received } = await givenAccount();

    await account.send({ service: 'sts', method: 'POST', path: '/' });
    await account.send({ service: 'lambda', method: 'GET', path: '/', region: 'eu-central-1' });
    await account.send({ service: 'ssm', method: 'POST', path: '/', region: 'us-east-1' });

    const scopes = received.map(
      ({ headers }) => /Credential=AKIATEST\/\d{8}\/([^,]*)/.exec(String(headers.authorization))?.[1],
    );
    expect(scopes).toEqual([
      'eu-west-1/sts/aws4_request',
      'eu-central-1/lambda/aws4_request',
      'us-east-1/ssm/aws4_request',
    ]);
  });
});

describe('checkAccount', () => {
  const check = (account: AwsAccount) => checkAccount(account, {}, Date.now);

  it('asks AWS for the account with a signature for the region', async () => {
    const { account, received } = await givenAccount();

    const { findings, accountId } = await check(account);

    expect(accountId).toBe(ACCOUNT_ID);
    expect(findings.map(({ level }) => level)).toEqual(['ok', 'ok']);
    expect(received[0]?.headers.authorization).toMatch(
      /^AWS4-HMAC-SHA256 Credential=AKIATEST\/\d{8}\/eu-west-1\/sts\/aws4_request/,
    );
    expect(received[0]?.body).toBe('Action=GetCallerIdentity&Version=2011-06-15');
  });

  it('reports credentials that AWS rejects, with the code of AWS', async () => {
    const { account } = await givenAccount({ identity: [403, { Error: { Code: 'ExpiredToken' } }] });

    const { findings, accountId } = await check(account);

    expect(accountId).toBeUndefined();
    expect(findings[0]).toMatchObject({ level: 'problem', message: 'AWS rejects them (ExpiredToken)' });
  });

  it('reports the clock if AWS rejects the signature because of it', async () => {
    const { account } = await givenAccount({
      identity: [403, { Error: { Code: 'SignatureDoesNotMatch' } }],
      aheadMs: 600_000,
    });

    const { findings } = await check(account);

    expect(findings[1]).toMatchObject({ check: 'clock', level: 'problem' });
  });

  it('warns if AWS cannot be reached', async () => {
    const { account } = await givenAccount();
    await close?.();
    close = undefined;

    const { findings } = await check(account);

    expect(findings).toMatchObject(
      [{ check: 'credentials', level: 'warning', message: /ECONNREFUSED/ }].map(({ message, ...rest }) => ({
        ...rest,
        message: expect.stringMatching(message),
      })),
    );
  });

  const failing = (message: string) =>
    new AwsAccount('eu-west-1', {}, { credentials: () => Promise.reject(new Error(message)) });

  it('skips the checks without credentials', async () => {
    const { findings } = await check(failing('Could not load credentials from any providers'));

    expect(findings).toMatchObject([{ check: 'credentials', level: 'skipped' }]);
  });

  it.each([
    ['an expired session', 'The SSO session has expired', {}],
    ['a profile that does not exist', 'Could not load credentials from any providers', { profile: 'prod' }],
  ])('reports %s', async (_, message, identity) => {
    const { findings } = await checkAccount(failing(message), identity, Date.now);

    expect(findings).toMatchObject([{ level: 'problem', message }]);
  });
});

describe('checkClock', () => {
  it.each([
    [0, 'ok'],
    [29_000, 'ok'],
    [-30_000, 'warning'],
    [299_000, 'warning'],
    [300_000, 'problem'],
    [-300_000, 'problem'],
    [Number.NaN, 'skipped'],
  ])('rates a time of AWS that is %d ms away as %s', (ms, level) => {
    expect(checkClock(1_000_000 + ms, 1_000_000).level).toBe(level);
  });
});

describe('findRegion', () => {
  it('prefers AWS_REGION to AWS_DEFAULT_REGION', async () => {
    expect(await findRegion({ AWS_REGION: 'eu-west-1', AWS_DEFAULT_REGION: 'eu-west-2' })).toBe('eu-west-1');
    expect(await findRegion({ AWS_DEFAULT_REGION: 'eu-west-2' })).toBe('eu-west-2');
  });
});

describe('checkRegion', () => {
  it('warns if no region is set', () => {
    expect(checkRegion(undefined)).toMatchObject({ level: 'warning', remedy: expect.stringMatching('AWS_REGION') });
    expect(checkRegion('eu-west-1').level).toBe('ok');
  });

  it('needs no region of the environment if each stage has one', () => {
    const located = stageConfig('prod', { region: 'eu-central-1' });

    expect(checkRegion(undefined, [located])).toMatchObject({ level: 'ok', message: 'prod in eu-central-1' });
    expect(checkRegion(undefined, [located, stageConfig('test', {})]).level).toBe('warning');
    expect(checkRegion('eu-west-1', [located, stageConfig('test', {})]).message).toBe(
      'prod in eu-central-1, test in eu-west-1',
    );
  });
});

describe('checkStageAccounts', () => {
  const stages = [
    stageConfig('prod', { account: '210987654321' }),
    stageConfig('test', { account: ACCOUNT_ID }),
    stageConfig('live', {}),
  ];

  it.each([
    [true, 'problem'],
    [false, 'skipped'],
  ])('compares the accounts of stages with that of the credentials (required: %s)', (isRequired, level) => {
    expect(checkStageAccounts(stages, ACCOUNT_ID, isRequired)).toMatchObject([
      { level, message: `prod has the account 210987654321, and the credentials are of ${ACCOUNT_ID}` },
      { level: 'ok', message: 'test has the account of the credentials' },
    ]);
  });
});

describe('checkBootstrap', () => {
  it.each<[string, NonNullable<FakeAccount['bootstrap']>, object]>([
    ['the oldest sufficient version', bootstrapVersion(6), { level: 'ok', message: 'version 6 in eu-west-1' }],
    [
      'an older version',
      bootstrapVersion(5),
      { level: 'problem', remedy: `npx cdk bootstrap aws://${ACCOUNT_ID}/eu-west-1` },
    ],
    [
      'no version',
      [400, { __type: 'ParameterNotFound' }],
      { level: 'problem', message: 'eu-west-1 is not bootstrapped' },
    ],
    ['no permission', [400, { __type: 'com.amazon#AccessDeniedException' }], { level: 'warning' }],
    ['an unexpected value', [200, { Parameter: {} }], { level: 'problem' }],
  ])('rates %s', async (_, bootstrap, expected) => {
    const { account, received } = await givenAccount({ bootstrap });

    const finding = await checkBootstrap(account, ACCOUNT_ID, 'eu-west-1');

    expect(finding).toMatchObject({ check: 'bootstrap', ...expected });
    expect(JSON.parse(received[0]?.body ?? '')).toEqual({ Name: '/cdk-bootstrap/hnb659fds/version' });
  });
});

describe('checkAccountConcurrency', () => {
  const stages = [
    stageConfig('prod', {}),
    stageConfig('live', { workers: 2, dispatchers: 2, deliverers: 2, sweepers: 2 }),
  ];

  it('compares the quota with the settings of each stage', async () => {
    const { account } = await givenAccount({ settings: concurrency(200) });

    const findings = await checkAccountConcurrency(account, stages);

    // prod: 100 + 20 + 10 + 10 and 12 for dead letters; live: 8 and 12. The API needs 100.
    expect(findings).toMatchObject([
      {
        level: 'problem',
        message: expect.stringMatching(/^prod: .* 152 of 200/),
        remedy: expect.stringMatching(/--desired-value 1000/),
      },
      { level: 'ok', message: expect.stringMatching(/^live: .* 20 of 200/) },
    ]);
  });

  it.each<[string, NonNullable<FakeAccount['settings']>]>([
    ['without permission', [403, { Code: 'AccessDeniedException' }]],
    ['for an answer without a quota', [200, {}]],
  ])('warns %s', async (_, settings) => {
    const { account } = await givenAccount({ settings });

    expect(await checkAccountConcurrency(account, stages)).toMatchObject([{ level: 'warning' }]);
  });
});
