import { runSimulation } from '@cloud-copilot/iam-simulate';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { surfaces } from '../../../functions/api/surfaces.ts';
import { Env } from '../../../functions/core/platform/env-names.ts';
import { MAC_KEYS_PARTITION, PLATFORM_PARTITION } from '../../../functions/core/store/keys.ts';
import { isAllowed as allowsLocally, parseStatements as localStatements } from '../../../lib/local/iam/policy.ts';
import { iterations } from '../../helpers/iterations.ts';
import { ACCOUNT, REGION } from '../../helpers/stack/intrinsics.ts';
import {
  actionsOf,
  type Context,
  isAllowed,
  ofSession,
  resourcesOf,
  type Statement,
  statementsOf,
  tenantRoleOf,
  tenantStatementsOf,
} from '../../helpers/stack/policies.ts';
import { environment, synth } from '../../helpers/stack/synth.ts';

const prod = await synth('prod');

const names = surfaces.map(({ name }) => `api-${name}`);
const TABLES = ['jobs', 'runs', 'records', 'access', 'counters', 'collections'];
const table = (name: string) => `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/jobdeck-prod-${name}`;
const INDEXES = ['active', 'byTenant'].map((index) => `${table('runs')}/index/${index}`);
const EVERYTHING = [...TABLES.map(table), ...INDEXES];
const READS = ['GetItem', 'BatchGetItem', 'Query', 'Scan', 'ConditionCheckItem', 'PartiQLSelect'];
const WRITES = ['PutItem', 'UpdateItem', 'DeleteItem', 'BatchWriteItem', 'PartiQLUpdate', 'DeleteTable'];
const ACTIONS = [...READS, ...WRITES].map((action) => `dynamodb:${action}`);
const files = `arn:aws:s3:::jobdeck-prod-files-${ACCOUNT}-${REGION}`;
const secretsKey = environment(prod.fn('worker'))[Env.secretsKeyArn] ?? '';
const encryptionContext = (tenant: string, use: string): Context => ({
  'kms:EncryptionContext:tenant': tenant,
  'kms:EncryptionContext:use': use,
  'kms:EncryptionContextKeys': ['tenant', 'use'],
});
const roleArn = (id: string) => `arn:aws:iam::${ACCOUNT}:role/${id}`;

/** Actions on partitions of tables that IAM supports. */
const possible = ACTIONS.flatMap((action) =>
  EVERYTHING.filter((arn) => !arn.includes('/index/') || /Query|Scan|PartiQLSelect/.test(action)).map(
    (arn) => [action, arn] as const,
  ),
);

type Pair = readonly [action: string, arn: string];

/** Returns the table actions that the statements allow in this context. @default all actions */
async function allowed(
  statements: readonly Statement[],
  context: Context,
  pairs: readonly Pair[] = possible,
): Promise<readonly Pair[]> {
  const answers = await Promise.all(pairs.map(([action, arn]) => isAllowed(statements, action, arn, context)));
  return pairs.filter((_, i) => answers[i]);
}

/** Table actions that the statements list. */
const listed = (statements: readonly Statement[]): readonly Pair[] =>
  statements
    .flatMap((statement) =>
      actionsOf(statement).flatMap((action) => resourcesOf(statement).map((r) => [action, r] as const)),
    )
    .filter(([action]) => action.startsWith('dynamodb:'));

const sorted = (pairs: readonly Pair[]) => pairs.map((pair) => pair.join(' ')).sort();

describe.each(names)('%s on behalf of a tenant', (name) => {
  const statements = tenantStatementsOf(prod, name);
  // Actions that are not listed are denied in every context, as the first test shows.
  const granted = listed(statements);

  test("accesses the tenant's partitions as far as granted", async () => {
    expect(granted.length).toBeGreaterThan(4);
    for (const own of ['acme', 'acme#payroll#a1b2c3', 'acme#failed']) {
      expect(sorted(await allowed(statements, ofSession('acme', own)))).toEqual(sorted(granted));
    }
  });

  test.each([
    ['another tenant’s', ['globex']],
    ['a job’s of another tenant', ['globex#payroll#a1b2c3']],
    ['of a tenant whose id goes on where this one’s ends', ['acme2']],
    ['of a job of such a tenant', ['acme2#payroll#a1b2c3']],
    ['of a tenant whose id has a dash more', ['acme-']],
    ['of a tenant whose id ends where this one’s goes on', ['acm']],
    ['of a tenant that differs in case', ['ACME']],
    ['that hold this tenant’s id further on', ['globex#acme']],
    ['that only begin as this tenant’s do', ['acme.platform']],
    ['that belong to no tenant', [PLATFORM_PARTITION]],
    ['of this tenant and of another in one request', ['acme', 'globex']],
    ['of all, asked for by a pattern', ['*']],
    ['that are not named', []],
  ])('cannot access partitions %s', async (_, partitions) => {
    expect(await allowed(statements, ofSession('acme', ...partitions), granted)).toEqual([]);
  });

  test('accesses nothing if the session has no tenant or the request no partition', async () => {
    expect(await allowed(statements, { 'dynamodb:LeadingKeys': ['acme'] }, granted)).toEqual([]);
    expect(await allowed(statements, { 'dynamodb:LeadingKeys': ['', '#x'] }, granted)).toEqual([]);
    expect(await allowed(statements, { 'aws:PrincipalTag/tenant': 'acme' }, granted)).toEqual([]);
  });

  test('cannot scan', async () => {
    for (const arn of EVERYTHING) {
      expect(await isAllowed(statements, 'dynamodb:Scan', arn, ofSession('acme', 'acme'))).toBe(false);
    }
  });

  test.each([
    ['s3:GetObject', `${files}/runs/globex/x`],
    ['s3:PutObject', `${files}/runs/acme2/x`],
    ['s3:DeleteObject', `${files}/runs/acme`],
    ['s3:GetObject', `${files}/data/globex/x`],
  ])('cannot %s %s', async (action, arn) => {
    expect(await isAllowed(statements, action, arn, ofSession('acme'))).toBe(false);
  });

  test.each<[string, Context]>([
    ['another tenant', encryptionContext('globex', 'secret')],
    ['a tenant whose id goes on where this one’s ends', encryptionContext('acme2', 'signing-secret')],
    ['a tenant that differs in case', encryptionContext('ACME', 'secret')],
    ['another purpose', encryptionContext('acme', 'other')],
    [
      'an additional pair',
      { ...encryptionContext('acme', 'secret'), 'kms:EncryptionContextKeys': ['tenant', 'use', 'x'] },
    ],
    ['no context', {}],
  ])('cannot encrypt or decrypt with %s', async (_, context) => {
    for (const action of ['Decrypt', 'GenerateDataKey', 'Encrypt', 'ReEncryptFrom', 'CreateGrant']) {
      expect(await isAllowed(statements, `kms:${action}`, secretsKey, { ...ofSession('acme'), ...context })).toBe(
        false,
      );
    }
  });

  test.each(['', 'runs/', 'runs/globex/', 'runs/acme2/', 'data/', 'data/acme/', 'runs/ac'])(
    'cannot list objects under "%s"',
    async (prefix) => {
      const context = { ...ofSession('acme'), 's3:prefix': prefix };
      expect(await isAllowed(statements, 's3:ListBucket', files, context)).toBe(false);
    },
  );

  test('cannot send messages or assume roles', () => {
    const services = new Set(statements.flatMap(actionsOf).map((action) => action.split(':')[0]));
    expect([...services].filter((service) => !['dynamodb', 'kms', 's3'].includes(service ?? ''))).toEqual([]);
  });
});

describe('other services', () => {
  test("grant access to the session's tenant", async () => {
    const may = (name: string, action: string, arn: string, context: Context = {}) =>
      isAllowed(tenantStatementsOf(prod, name), action, arn, { ...ofSession('acme'), ...context });

    expect(await may('api-pipelines', 's3:GetObject', `${files}/runs/acme/x`)).toBe(true);
    expect(await may('api-pipelines', 's3:ListBucket', files, { 's3:prefix': 'runs/acme/' })).toBe(true);
    const signing = encryptionContext('acme', 'signing-secret');
    expect(await may('api-flows', 'kms:GenerateDataKey', secretsKey, encryptionContext('acme', 'secret'))).toBe(true);
    expect(await may('api-runner', 'kms:GenerateDataKey', secretsKey, signing)).toBe(true);
    expect(await may('api-runner', 'kms:Decrypt', secretsKey, signing)).toBe(true);
  });
});

describe.each(names)('%s with its own role', (name) => {
  const statements = statementsOf(prod, name);

  test.each(['acme', 'acme#payroll#a1b2c3', 'globex'])("cannot access tenants' partitions: %s", async (partition) => {
    expect(await allowed(statements, { 'dynamodb:LeadingKeys': [partition] })).toEqual([]);
  });

  test('accesses platform partitions if its operations need them', async () => {
    const own = await allowed(statements, { 'dynamodb:LeadingKeys': [PLATFORM_PARTITION] });
    expect(own).toEqual(name === 'api-runner' ? [['dynamodb:GetItem', table('counters')]] : []);
    expect(await allowed(statements, {})).toEqual([]);
  });

  test('cannot access objects and secrets, and decrypts nothing but MAC keys', async () => {
    const actions = statements.flatMap(actionsOf);
    const known = ['dynamodb', 'kms', 'logs', 'sqs', 'sts', 'xray'];
    expect(actions.filter((action) => !known.includes(action.split(':')[0] ?? ''))).toEqual([]);
    expect(actions.filter((action) => action.startsWith('kms:')).sort()).toEqual([
      'kms:Decrypt',
      'kms:GenerateDataKey',
    ]);
    for (const context of [
      encryptionContext('acme', 'secret'),
      encryptionContext('acme', 'signing-secret'),
      encryptionContext('acme', 'mac-key'),
      encryptionContext(MAC_KEYS_PARTITION, 'secret'),
    ]) {
      expect(await isAllowed(statements, 'kms:Decrypt', secretsKey, context)).toBe(false);
    }
  });

  test('assumes only its own tenant role', () => {
    const assumable = statements.filter((statement) => actionsOf(statement).includes('sts:AssumeRole'));
    expect(assumable.flatMap(resourcesOf)).toEqual([roleArn(tenantRoleOf(prod, name)?.id ?? '')]);
  });
});

describe('tenant roles', () => {
  const own = (name: string) => String(prod.fn(name).Properties.Role);

  /** @returns whether the role of `name` lets `principal`, which may assume any role, open a session with these tags */
  async function opens(name: string, principal: string, tags: Readonly<Record<string, string>>): Promise<boolean> {
    const role = tenantRoleOf(prod, name);
    const keys = Object.keys(tags);
    const contextVariables = {
      ...(keys.length > 0 && { 'aws:TagKeys': keys }),
      ...Object.fromEntries(keys.map((key) => [`aws:RequestTag/${key}`, tags[key] ?? ''])),
    };
    const Statement = [{ Effect: 'Allow', Action: ['sts:AssumeRole', 'sts:TagSession'], Resource: '*' }];
    const ask = async (action: string) => {
      const resource = { accountId: ACCOUNT, resource: roleArn(role?.id ?? '') };
      const answer = await runSimulation(
        {
          request: { principal, action, resource, contextVariables },
          identityPolicies: [{ name: 'all', policy: { Version: '2012-10-17', Statement } }],
          resourcePolicy: role?.Properties.AssumeRolePolicyDocument,
          serviceControlPolicies: [],
          resourceControlPolicies: [],
        },
        {},
      );
      if (answer.resultType === 'error') throw new Error(JSON.stringify(answer.errors));
      return answer.overallResult === 'Allowed';
    };
    return (await ask('sts:AssumeRole')) && (await ask('sts:TagSession'));
  }

  test.each(names)('permit %s to open a session for a tenant', async (name) => {
    for (const tenant of ['acme', 'a', '_-_', 'A'.repeat(64)]) {
      expect(await opens(name, own(name), { tenant })).toBe(true);
    }
  });

  test.each([
    ['no tag', {}],
    ['an empty tenant', { tenant: '' }],
    ['the partition of no tenant', { tenant: PLATFORM_PARTITION }],
    ['a path', { tenant: 'acme/secrets' }],
    ['another tag', { team: 'acme' }],
    ['another tag beside it', { tenant: 'acme', team: 'x' }],
  ])('reject sessions with %s', async (_, tags: Readonly<Record<string, string>>) => {
    for (const name of names) expect(await opens(name, own(name), tags)).toBe(false);
  });

  test('reject other principals', async () => {
    const others = [...names, 'worker', 'console'].map(own);
    for (const name of names) {
      for (const principal of others.filter((arn) => arn !== own(name))) {
        expect(await opens(name, principal, { tenant: 'acme' })).toBe(false);
      }
    }
  });

  test('exist for the surfaces only', () => {
    const all = prod.of('AWS::Lambda::Function').map(({ Properties }) => String(Properties.FunctionName));
    const short = all.map((name) => name.replace('jobdeck-prod-', ''));
    expect(short.filter((name) => tenantRoleOf(prod, name)).sort()).toEqual([...names].sort());
  });
});

describe('local IAM', () => {
  const partition = fc.oneof(
    fc.constantFrom('acme', 'acme2', 'acm', 'globex', PLATFORM_PARTITION, 'acme#', 'acme#x', 'acme2#x', '#', '', 'a*'),
    fc.stringMatching(/^[a-c#.*?]{0,4}$/),
  );
  const tenant = fc.oneof(fc.constantFrom('acme', 'acme2', 'a', 'a-', '_'), fc.stringMatching(/^[A-Ca-c_-]{1,3}$/));

  test('decides like the IAM simulator', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...names),
        fc.boolean(),
        fc.constantFrom(...possible),
        fc.option(tenant, { nil: undefined }),
        fc.uniqueArray(partition, { maxLength: 3 }),
        async (name, byItself, [action, resource], session, partitions) => {
          const statements = byItself ? statementsOf(prod, name) : tenantStatementsOf(prod, name);
          const keys = partitions.length > 0 && { 'dynamodb:LeadingKeys': partitions };
          const context = { ...(session && { 'aws:PrincipalTag/tenant': session }), ...keys };
          const locally = localStatements({ Statement: statements }, 'role');
          const asked = { action, resource, context: { ...keys } };

          const judged = allowsLocally(locally, asked, session === undefined ? {} : { tenant: session });

          expect(judged).toBe(await isAllowed(statements, action, resource, context));
        },
      ),
      { numRuns: iterations(100, 300) },
    );
  });
});
