import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type StageSettings, stageConfig, stages } from '../../../lib/config.ts';
import { projectRoot } from '../../../lib/project-root.ts';

const issuer = {
  issuer: 'https://login.example.test',
  audience: 'jobdeck',
  tenantClaim: 'tenant',
  rolesClaim: 'roles',
} as const;

describe('stageConfig', () => {
  test('applies the defaults', () => {
    expect(stageConfig('prod', {})).toEqual({
      name: 'prod',
      identity: { cognito: {} },
      retentionDays: 30,
      auditDays: 400,
      concurrentRuns: 10,
      tenantLimits: {
        concurrentTasks: 20,
        jobs: 1000,
        minIntervalSeconds: 60,
        storedBytes: 10_000_000_000,
        computeSecondsPerMonth: null,
        delayedRuns: 1_000,
        requestsPerSecond: 50,
        requestBurst: 400,
        hostRequestsPerSecond: 50,
      },
      workers: 100,
      runsPerWorker: 4,
      dispatchers: 20,
      deliverers: 10,
      sweepers: 10,
      sliceSeconds: 45,
      health: { warnPendingSeconds: 600, errorPendingSeconds: 3600, errorFailedRuns: 2 },
      metricTenants: [],
      privateNetworks: [],
      targets: {},
      corsOrigins: [],
      slackApiUrl: 'https://slack.com/api',
      pagerDutyUrl: 'https://events.pagerduty.com',
      apiThrottle: { rate: 200, burst: 400 },
      apiKeyGeneration: 1,
      counterDelaySeconds: 5,
      logRetentionDays: 30,
      protectData: true,
    });
  });

  test.each([
    ['worker', { worker: 5 }, 'Stage prod: there is no setting "worker", got 5.'],
    [
      'tenantLimits.job',
      { tenantLimits: { job: 5 } },
      /^Stage prod: tenantLimits\.job must be one of .*jobs, .* got 5\.$/,
    ],
    [
      'tenantLimits.retentionDays',
      { tenantLimits: { retentionDays: 5 } },
      /^Stage prod: tenantLimits\.retentionDays must be/,
    ],
    ['metricTenants', { metricTenants: 'acme' }, 'Stage prod: metricTenants must be a list, got "acme".'],
    ['identity', { identity: 'cognito' }, 'Stage prod: identity must be an object, got "cognito".'],
    ['health', { health: [1] }, 'Stage prod: health must be an object, got [1].'],
    ['the settings', 5, 'Stage prod: settings must be an object, got 5.'],
    ['the settings', null, 'Stage prod: settings must be an object, got null.'],
  ])('rejects settings of another shape, naming %s', (_, settings, message) => {
    expect(() => stageConfig('prod', settings as StageSettings)).toThrow(message);
  });

  test.each([
    ['account', 123456789012, 'Stage prod: account must be text of 12 digits, got 123456789012.'],
    ['account', '12345678901', 'Stage prod: account must be text of 12 digits, got "12345678901".'],
    ['account', '', 'Stage prod: account must be text of 12 digits, got "".'],
    ['region', 'eu-central', 'Stage prod: region must be an AWS region such as eu-central-1, got "eu-central".'],
    ['region', 'EU-CENTRAL-1', 'Stage prod: region must be an AWS region such as eu-central-1, got "EU-CENTRAL-1".'],
    ['region', null, 'Stage prod: region must be an AWS region such as eu-central-1, got null.'],
  ])('rejects %s %j', (field, value, message) => {
    expect(() => stageConfig('prod', { [field]: value } as StageSettings)).toThrow(message);
  });

  test.each(['eu-central-1', 'us-gov-west-1', 'cn-northwest-1', 'eusc-de-east-1'])(
    'accepts the region %s',
    (region) => {
      expect(stageConfig('prod', { account: '012345678901', region })).toMatchObject({
        account: '012345678901',
        region,
      });
    },
  );

  test('rejects an account or a region of the stage local, which is not deployed', () => {
    expect(() => stageConfig('local', { account: '123456789012' })).toThrow('account must be unset in this stage');
    expect(() => stageConfig('local', { region: 'eu-central-1' })).toThrow('region must be unset in this stage');
  });

  test('keeps configured values', () => {
    const settings = {
      identity: issuer,
      retentionDays: 7,
      workers: 2,
      runsPerWorker: 1,
      tenantLimits: { jobs: 5, computeSecondsPerMonth: 3_600 },
      health: { errorFailedRuns: 5 },
      alarmEmail: 'oncall@example.test',
      metricTenants: ['acme'],
      privateNetworks: ['10.0.0.0/8', 'fd00::/8'],
      corsOrigins: ['https://app.example.com', 'http://localhost:3000', '*'],
      consoleUrl: 'https://jobs.example.com',
      slackApiUrl: 'https://slack.example.com/api',
    } satisfies StageSettings;
    expect(stageConfig('acme', settings)).toMatchObject({
      ...settings,
      tenantLimits: { jobs: 5, computeSecondsPerMonth: 3_600, minIntervalSeconds: 60 },
      health: { warnPendingSeconds: 600, errorPendingSeconds: 3600, errorFailedRuns: 5 },
    });
  });

  test.each(Object.keys(stages))('accepts the stage %s of the deployment', (name) => {
    expect(stageConfig(name).name).toBe(name);
  });

  test.each(['dev', 'local'])('leaves only %s unprotected', (name) => {
    expect(stageConfig(name).protectData).toBe(false);
    expect(stageConfig('staging', {}).protectData).toBe(true);
  });

  test('rejects an edge in the local stage, which has no CloudFront', () => {
    const settings = { edge: { requestsPerFiveMinutesPerIp: 1_000 } };

    expect(() => stageConfig('local', settings)).toThrow('Stage local: edge must be unset in this stage');
    expect(stageConfig('acme', settings)).toMatchObject(settings);
  });

  test('rejects an unknown stage and lists the known ones', () => {
    expect(() => stageConfig('prd')).toThrow(
      'There is no stage "prd" in lib/config.ts. The stages are: dev, prod, local.',
    );
  });
});

describe('validation', () => {
  const refusals: readonly (readonly [StageSettings, string])[] = [
    [{ retentionDays: 0 }, 'retentionDays must be an integer in 1–3650, got 0.'],
    [{ auditDays: 3651 }, 'auditDays must be an integer in 1–3650, got 3651.'],
    [{ retentionDays: 1.5 }, 'retentionDays must be an integer in 1–3650, got 1.5.'],
    [
      { tenantLimits: { computeSecondsPerMonth: 0 } },
      'tenantLimits.computeSecondsPerMonth must be an integer in 1–10000000000, got 0.',
    ],
    [
      { tenantLimits: { jobs: null as unknown as number } },
      'tenantLimits.jobs must be an integer in 1–100000, got null.',
    ],
    [{ tenantLimits: { requestBurst: 9 } }, 'tenantLimits.requestBurst must be an integer in 10–100000, got 9.'],
    [{ concurrentRuns: 1001 }, 'concurrentRuns must be an integer in 1–1000, got 1001.'],
    [{ workers: 1 }, 'workers must be an integer in 2–1000, got 1.'],
    [{ runsPerWorker: 0 }, 'runsPerWorker must be an integer in 1–10, got 0.'],
    [{ runsPerWorker: 11 }, 'runsPerWorker must be an integer in 1–10, got 11.'],
    [{ dispatchers: 1 }, 'dispatchers must be an integer in 2–1000, got 1.'],
    [{ sweepers: 1 }, 'sweepers must be an integer in 2–1000, got 1.'],
    [{ sliceSeconds: 0 }, 'sliceSeconds must be an integer in 1–600, got 0.'],
    [{ health: { errorFailedRuns: 0 } }, 'health.errorFailedRuns must be an integer in 1–1000000, got 0.'],
    [{ health: { warnPendingSeconds: 7200 } }, 'health.warnPendingSeconds must be an integer in 1–3600, got 7200.'],
    [{ apiThrottle: { rate: 0, burst: 1 } }, 'apiThrottle.rate must be an integer in 1–10000, got 0.'],
    [{ alarmEmail: 'nobody' }, 'alarmEmail must be an email address, got "nobody".'],
    [{ metricTenants: ['acme', 'a b'] }, 'metricTenants[1] must be 1–64 of A–Z, a–z, 0–9, _ and -, got "a b".'],
    [{ privateNetworks: ['10.0.0.1'] }, 'privateNetworks[0] must be a CIDR block such as 10.0.0.0/8, got "10.0.0.1".'],
    [
      { corsOrigins: ['https://app.example.com/'] },
      `corsOrigins[0] must be an origin such as https://app.example.com, or '*', got "https://app.example.com/".`,
    ],
    [
      { consoleUrl: 'https://x.test/console' },
      'consoleUrl must be an https origin such as https://jobs.example.com, got "https://x.test/console".',
    ],
    [
      { slackApiUrl: 'https://slack.com/api/' },
      'slackApiUrl must be an https URL without a trailing slash, got "https://slack.com/api/".',
    ],
    [
      { edge: { requestsPerFiveMinutesPerIp: 9 } },
      'edge.requestsPerFiveMinutesPerIp must be an integer in 10–2000000000, got 9.',
    ],
    [{ counterDelaySeconds: 0 }, 'counterDelaySeconds must be an integer in 1–60, got 0.'],
    [
      { provisionedCapacity: { minUnits: 10, maxUnits: 5 } },
      'provisionedCapacity.maxUnits must be an integer in 10–40000, got 5.',
    ],
    [{ logRetentionDays: 2 }, 'logRetentionDays must be one of 1, 3, 5, 7, '],
    [{ protectData: false }, 'protectData must be true outside dev and local, got false.'],
    [{ identity: { ...issuer, issuer: 'http://x' } }, 'identity.issuer must be an https URL, got "http://x".'],
    [{ identity: { ...issuer, jwksUri: 'keys' } }, 'identity.jwksUri must be an https URL, got "keys".'],
    [{ identity: { ...issuer, audience: '' } }, 'identity.audience must be not empty, got "".'],
    [
      { identity: { cognito: { tokenMinutes: 1 } } },
      'identity.cognito.tokenMinutes must be an integer in 5–1440, got 1.',
    ],
  ];

  test.each(refusals)('rejects %j with the field, its range and the value', (settings, message) => {
    expect(() => stageConfig('prod', settings)).toThrow(`Stage prod: ${message}`);
  });

  test.each(['Prod', 'p', 'prod-eu', '1st'])('rejects the name %s', (name) => {
    expect(() => stageConfig(name, {})).toThrow(/name must be 2–12 of a–z and 0–9, a letter first/);
  });

  test.each(['aws1', 'cognito', 'myamazon'])('rejects the default domain prefix of the stage %s', (name) => {
    const rule =
      'identity.cognito.domainPrefix must be 1–63 of a–z, 0–9 and inner hyphens, without aws, amazon or cognito';

    expect(() => stageConfig(name, {})).toThrow(`Stage ${name}: ${rule}, got "jobdeck-${name}-000000000000".`);
    expect(stageConfig(name, { identity: { cognito: { domainPrefix: 'jobs' } } }).name).toBe(name);
    expect(stageConfig(name, { identity: issuer }).name).toBe(name);
  });
});

describe('README of the deployment', () => {
  const readme = readFileSync(join(projectRoot, 'lib', 'README.md'), 'utf8');
  const settings = Object.keys(
    stageConfig('prod', {
      alarmEmail: 'a@example.test',
      consoleUrl: 'https://jobs.example.test',
      provisionedCapacity: { minUnits: 1, maxUnits: 2 },
    }),
  ).filter((name) => name !== 'name');

  test.each(settings)('has a row for the setting %s', (name) => {
    expect(readme).toMatch(new RegExp(`^\\| \`${name}\` \\|`, 'm'));
  });
});
