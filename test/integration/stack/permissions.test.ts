import { describe, expect, test } from 'vitest';
import { surfaces } from '../../../functions/api/surfaces.ts';
import { parseTenantId, type TenantId } from '../../../functions/core/domain/tenant.ts';
import { Env } from '../../../functions/core/platform/env-names.ts';
import { MAC_KEYS_PARTITION, planObjectKey, tenantFolder } from '../../../functions/core/store/keys.ts';
import { ENVELOPE_ATTRIBUTES } from '../../../functions/core/store/secrets.ts';
import { ACCOUNT, REGION } from '../../helpers/stack/intrinsics.ts';
import {
  actionsOf,
  type Context,
  isAllowed,
  KEY_POLICY,
  ofSession,
  resourcesOf,
  roles,
  statementsOf,
  tenantRoleOf,
  tenantStatementsOf,
} from '../../helpers/stack/policies.ts';
import { environment, synth } from '../../helpers/stack/synth.ts';

const prod = await synth('prod');

const table = (name: string) => `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/jobdeck-prod-${name}`;
const queue = (name: string) => `arn:aws:sqs:${REGION}:${ACCOUNT}:jobdeck-prod-${name}`;
const files = `arn:aws:s3:::jobdeck-prod-files-${ACCOUNT}-${REGION}`;
const schedule = (path: string) => `arn:aws:scheduler:${REGION}:${ACCOUNT}:schedule/${path}`;
const TABLES = ['jobs', 'runs', 'records', 'access', 'counters', 'collections'];
const functions = prod
  .of('AWS::Lambda::Function')
  .map(({ Properties }) => String(Properties.FunctionName).replace('jobdeck-prod-', ''));
/** Roles of the scheduler: one for all tenants' schedules, and one for each platform cron. */
const schedulers = 1 + prod.of('AWS::Scheduler::Schedule').length;

/** Simulates an action of a function by IAM: with its own role, or on behalf of the tenant acme. */
async function may(name: string, action: string, resource: string, context: Context = {}): Promise<boolean> {
  const forAcme = { ...ofSession('acme', 'acme'), ...context };
  return (
    (await isAllowed(statementsOf(prod, name), action, resource, context)) ||
    (await isAllowed(tenantStatementsOf(prod, name), action, resource, forAcme))
  );
}

/** Returns the functions that may perform `action` on `resource`. */
async function whoMay(action: string, resource: string, context?: Context): Promise<readonly string[]> {
  const answers = await Promise.all(functions.map((name) => may(name, action, resource, context)));
  return functions.filter((_, i) => answers[i]).sort();
}

describe('roles', () => {
  const statements = [...roles(prod).values()].flat();

  test('contain no wildcard in an action', () => {
    expect(statements.length).toBeGreaterThan(30);
    expect(statements.flatMap(actionsOf).filter((action) => action.includes('*'))).toEqual([]);
  });

  test('use the resource * for writing traces only, which has no resources', () => {
    const everywhere = statements.filter((statement) => resourcesOf(statement).includes('*'));
    expect(new Set(everywhere.flatMap(actionsOf))).toEqual(
      new Set(['xray:PutTraceSegments', 'xray:PutTelemetryRecords']),
    );
  });

  test('belong to one function, its tenant role or the scheduler', () => {
    const used = prod.of('AWS::Lambda::Function').map(({ Properties }) => Properties.Role);
    expect(new Set(used).size).toBe(used.length);
    const forTenants = functions.filter((name) => tenantRoleOf(prod, name));
    expect(forTenants).toHaveLength(surfaces.length);
    expect(roles(prod).size).toBe(used.length + forTenants.length + schedulers);
    for (const { Properties } of prod.of('AWS::IAM::Role')) expect(Properties).not.toHaveProperty('ManagedPolicyArns');
  });

  test('permit a function to write its own log only', async () => {
    const log = (name: string) =>
      `arn:aws:logs:${REGION}:${ACCOUNT}:log-group:/aws/lambda/jobdeck-prod-${name}:log-stream:x`;
    expect(await may('worker', 'logs:PutLogEvents', log('worker'))).toBe(true);
    expect(await may('worker', 'logs:PutLogEvents', log('dispatcher'))).toBe(false);
  });
});

describe('tables', () => {
  test('cannot be scanned by any function', async () => {
    for (const name of TABLES) {
      expect(await whoMay('dynamodb:Scan', table(name))).toEqual([]);
    }
  });

  test('permit writes of runs to the functions that start, execute, repair or reconcile them', async () => {
    const writers = [
      'api-flows',
      'api-pipelines',
      'api-runner',
      'counter-reconciler',
      'dead-letters-runs',
      'dead-letters-ticks',
      'dispatcher',
      'sweeper',
      'worker',
    ];
    expect(await whoMay('dynamodb:UpdateItem', table('runs'))).toEqual(writers);
  });

  test('permit batch deletes of runs to the sweeper only', async () => {
    expect(await whoMay('dynamodb:BatchWriteItem', table('runs'))).toEqual(['sweeper']);
    expect(await whoMay('dynamodb:DeleteItem', table('runs'))).toEqual([]);
  });

  test('permit writes of records to the worker, to consumers of failed slices and to the sweeper', async () => {
    const writers = ['dead-letters-runs', 'sweeper', 'worker'];
    expect(await whoMay('dynamodb:BatchWriteItem', table('records'))).toEqual(writers);
  });

  test('permit stopping the tasks of a flow run to all functions that cancel runs', async () => {
    const surfaces = ['api-flows', 'api-pipelines', 'api-runner'];
    const stoppers = [...surfaces, 'dead-letters-runs', 'dead-letters-ticks', 'dispatcher', 'sweeper', 'worker'];
    // DeleteItem for the places of waiting tasks, and for their slots.
    for (const action of ['GetItem', 'Query', 'PutItem', 'DeleteItem']) {
      // The notifier records the ends of runs after which others start.
      const others = action === 'PutItem' ? ['notifier'] : [];
      expect(await whoMay(`dynamodb:${action}`, table('records'))).toEqual([...stoppers, ...others].sort());
    }
    // The flows surface edits errors, the runner surface extends the expiry of the input of a delayed run.
    const updaters = ['api-flows', 'api-pipelines', 'api-runner', 'sweeper', 'worker'];
    expect(await whoMay('dynamodb:UpdateItem', table('records'))).toEqual(updaters);
  });

  test('permit defining jobs to three surfaces and changing job state to other functions', async () => {
    expect(await whoMay('dynamodb:PutItem', table('jobs'))).toEqual([
      'api-flows',
      'api-pipelines',
      'api-runner',
      'registrar',
      'sweeper',
      'worker',
    ]);
  });

  test('permit queries of the index of active runs to functions that look for work', async () => {
    const index = `${table('runs')}/index/active`;
    expect(await may('worker', 'dynamodb:Query', index)).toBe(true);
    expect(await may('registrar', 'dynamodb:Query', index)).toBe(false);
    const listers = ['api-flows', 'api-pipelines', 'api-runner', 'sweeper'];
    expect(await whoMay('dynamodb:Query', `${table('runs')}/index/byTenant`)).toEqual(listers);
  });

  test('permit only reads to reporting surfaces, except for API key use and the audit trail', async () => {
    const writes = ['PutItem', 'UpdateItem', 'DeleteItem', 'BatchWriteItem'];
    for (const name of TABLES) {
      for (const action of name === 'access' ? ['DeleteItem', 'BatchWriteItem'] : writes) {
        const writers = await whoMay(`dynamodb:${action}`, table(name));
        expect(writers).not.toContain('api-integrations');
        expect(writers).not.toContain('api-admin');
      }
    }
    expect(await may('api-integrations', 'dynamodb:GetItem', table('jobs'))).toBe(false);
    expect(await may('api-admin', 'dynamodb:Query', `${table('runs')}/index/byTenant`)).toBe(false);
  });

  test('permit reads of access to all surfaces, and deletes of keys and deliveries to their owners', async () => {
    const surfaces = ['api-admin', 'api-flows', 'api-integrations', 'api-pipelines', 'api-runner'];
    expect(await whoMay('dynamodb:GetItem', table('access'))).toEqual(expect.arrayContaining(surfaces));
    expect(await whoMay('dynamodb:DeleteItem', table('access'))).toEqual([
      'api-flows',
      'api-runner',
      'counter-reconciler',
      'deliverer',
      'sweeper',
    ]);
  });

  test('permit writes of collections to the worker only', async () => {
    expect(await whoMay('dynamodb:BatchWriteItem', table('collections'))).toEqual(['worker']);
    for (const action of ['GetItem', 'Query', 'PutItem', 'UpdateItem', 'DeleteItem']) {
      expect(await whoMay(`dynamodb:${action}`, table('collections'))).toEqual([]);
    }
  });

  test('deny access to tables of other stages', async () => {
    const other = table('runs').replace('jobdeck-prod', 'jobdeck-dev');
    expect(await whoMay('dynamodb:GetItem', other)).toEqual([]);
  });
});

describe('queues', () => {
  test('accept run messages from functions that start or repair runs', async () => {
    const senders = [
      'api-flows',
      'api-pipelines',
      'api-runner',
      'dead-letters-runs',
      'dead-letters-ticks',
      'dispatcher',
      'sweeper',
      'worker',
    ];
    expect(await whoMay('sqs:SendMessage', queue('runs'))).toEqual(senders);
  });

  test('accept ticks from the scheduler, from the dispatcher for jitter, for delayed runs, and at ends of runs', async () => {
    const [cancel, end] = [
      ['api-flows', 'api-pipelines', 'api-runner'],
      ['dead-letters-runs', 'dead-letters-ticks', 'dispatcher', 'notifier', 'sweeper', 'worker'],
    ];
    expect(await whoMay('sqs:SendMessage', queue('ticks'))).toEqual([...cancel, ...end]);
  });

  test('accept notification messages from functions that create or retry notifications', async () => {
    const senders = ['api-flows', 'api-runner', 'deliverer', 'notifier', 'sweeper'];
    expect(await whoMay('sqs:SendMessage', queue('notifications'))).toEqual(senders);
  });

  test('accept messages of sweeps from their dispatcher only', async () => {
    expect(await whoMay('sqs:SendMessage', queue('sweeps'))).toEqual(['sweep-dispatcher']);
  });

  test('permit the notifier to send rejected notifications to the dead letters', async () => {
    expect(await whoMay('sqs:SendMessage', queue('notifications-dead-letters'))).toEqual(['notifier']);
  });

  test('permit receiving to their consumer only', async () => {
    expect(await whoMay('sqs:ReceiveMessage', queue('runs'))).toEqual(['worker']);
    expect(await whoMay('sqs:ReceiveMessage', queue('ticks'))).toEqual(['dispatcher']);
    expect(await whoMay('sqs:ReceiveMessage', queue('notifications'))).toEqual(['deliverer']);
    expect(await whoMay('sqs:ReceiveMessage', queue('sweeps'))).toEqual(['sweeper']);
    expect(await whoMay('sqs:ReceiveMessage', queue('runs-dead-letters'))).toEqual(['dead-letters-runs']);
    expect(await whoMay('sqs:ReceiveMessage', queue('ticks-dead-letters'))).toEqual(['dead-letters-ticks']);
    expect(await whoMay('sqs:ReceiveMessage', queue('registrations-dead-letters'))).toEqual(['registrar']);
    expect(await whoMay('sqs:ReceiveMessage', queue('counters-dead-letters'))).toEqual(['dead-letters-counters']);
    expect(await whoMay('sqs:ReceiveMessage', queue('notifications-dead-letters'))).toEqual([
      'dead-letters-notifications',
    ]);
    expect(await whoMay('sqs:ReceiveMessage', queue('platform-dead-letters'))).toEqual(['dead-letters-platform']);
  });
});

describe('source queues of flows', () => {
  test.each(['ReceiveMessage', 'DeleteMessage', 'GetQueueUrl'])('permit %s to the worker only', async (action) => {
    expect(await whoMay(`sqs:${action}`, queue('in-0123456789abcdef-orders'))).toEqual(['worker']);
    expect(await whoMay(`sqs:${action}`, queue('in-x').replace('jobdeck-prod', 'jobdeck-dev'))).toEqual([]);
  });

  test('permit sending, changing and deleting to no function', async () => {
    for (const action of ['SendMessage', 'PurgeQueue', 'SetQueueAttributes', 'DeleteQueue']) {
      expect(await whoMay(`sqs:${action}`, queue('in-0123456789abcdef-orders'))).toEqual([]);
    }
  });
});

describe('files', () => {
  const run = { tenant: parseTenantId('acme') as TenantId, jobId: 'sync', incarnation: 'abc12345', ulid: '01J' };
  const ofTenant = `${files}/${tenantFolder(run.tenant)}orders.csv`;
  const ofRun = `${files}/${planObjectKey(run, 1)}`;

  test('permit the worker to read, write, move and tag tenant files', async () => {
    for (const action of ['GetObject', 'PutObject', 'DeleteObject', 'GetObjectTagging', 'PutObjectTagging'])
      expect(await whoMay(`s3:${action}`, ofTenant)).toEqual(['worker']);
  });

  test('permit no function to tag run objects', async () => {
    expect(await whoMay('s3:PutObjectTagging', ofRun)).toEqual([]);
  });

  test('permit checkpoint functions to read, write and delete run objects, and the sweeper to purge them', async () => {
    for (const action of ['GetObject', 'PutObject', 'DeleteObject']) {
      expect(await whoMay(`s3:${action}`, ofRun)).toEqual(['api-pipelines', 'sweeper', 'worker']);
    }
  });

  test.each([
    ['data/acme/', ['worker']],
    ['runs/acme/', ['api-pipelines', 'sweeper', 'worker']],
    ['other/', []],
  ])('permit listing under %s to %j', async (prefix, names) => {
    expect(await whoMay('s3:ListBucket', files, { 's3:prefix': prefix })).toEqual(names);
  });

  test('permit listing the whole bucket to no function', async () => {
    expect(await whoMay('s3:ListBucket', files)).toEqual([]);
  });
});

describe('schedules', () => {
  test("permit the registrar to create tenants' schedules, and no function to change the platform's", async () => {
    for (const action of ['CreateSchedule', 'UpdateSchedule', 'DeleteSchedule']) {
      expect(await whoMay(`scheduler:${action}`, schedule('jobdeck-prod/x'))).toEqual(['registrar']);
      expect(await whoMay(`scheduler:${action}`, schedule('jobdeck-prod-platform/jobdeck-prod-sweeper'))).toEqual([]);
    }
  });

  test('use a role that may only send ticks and that only the registrar may pass', async () => {
    const registrar = statementsOf(prod, 'registrar');
    const passed = registrar.find((statement) => actionsOf(statement).includes('iam:PassRole'));
    const [role = ''] = passed ? resourcesOf(passed) : [];
    const passedTo = (service: string) =>
      isAllowed(registrar, 'iam:PassRole', role, { 'iam:PassedToService': service });
    expect(await passedTo('scheduler.amazonaws.com')).toBe(true);
    expect(await passedTo('lambda.amazonaws.com')).toBe(false);

    const ticks = roles(prod).get(role.split('/').at(-1) ?? '') ?? [];
    expect(await isAllowed(ticks, 'sqs:SendMessage', queue('ticks'))).toBe(true);
    expect(await isAllowed(ticks, 'sqs:SendMessage', queue('ticks-dead-letters'))).toBe(true);
    expect(await isAllowed(ticks, 'sqs:SendMessage', queue('runs'))).toBe(false);
  });

  test('trust only schedules of this account and group', () => {
    const trusts = prod
      .of('AWS::IAM::Role')
      .map(({ Properties }) => JSON.stringify(Properties.AssumeRolePolicyDocument))
      .filter((document) => document.includes('scheduler.amazonaws.com'));
    expect(trusts).toHaveLength(schedulers);
    for (const trust of trusts) {
      expect(trust).toContain(`"aws:SourceAccount":"${ACCOUNT}"`);
      expect(trust).toMatch(/"aws:SourceArn":"arn:aws:scheduler:[^"]*:schedule-group\/jobdeck-prod/);
    }
  });
});

describe('the KMS keys', () => {
  test('leave all permissions to IAM policies', () => {
    const policies = prod.of('AWS::KMS::Key').map(({ Properties }) => Properties.KeyPolicy);
    expect(policies.length).toBeGreaterThan(0);
    for (const policy of policies) expect(policy).toEqual(KEY_POLICY);
  });
});

describe('MAC keys of API keys', () => {
  const arn = environment(prod.fn('api-flows'))[Env.secretsKeyArn] ?? '';
  const context = {
    'kms:EncryptionContext:tenant': MAC_KEYS_PARTITION,
    'kms:EncryptionContext:use': 'mac-key',
    'kms:EncryptionContextKeys': ['tenant', 'use'],
  };
  const names = surfaces.map(({ name }) => `api-${name}`).sort();

  test.each(['GenerateDataKey', 'Decrypt'])(
    'permit kms:%s to the surfaces only, with their own roles',
    async (action) => {
      expect(await whoMay(`kms:${action}`, arn, context)).toEqual(names);
      for (const name of names) {
        const statements = tenantStatementsOf(prod, name);
        expect(await isAllowed(statements, `kms:${action}`, arn, { ...ofSession('acme'), ...context })).toBe(false);
      }
    },
  );

  test('occupy a partition of their own, in which surfaces read and store them', async () => {
    const partition = { 'dynamodb:LeadingKeys': [MAC_KEYS_PARTITION] };
    for (const name of names) {
      const may = (action: string) =>
        isAllowed(statementsOf(prod, name), `dynamodb:${action}`, table('access'), partition);
      expect([await may('GetItem'), await may('PutItem')]).toEqual([true, true]);
      for (const action of ['UpdateItem', 'DeleteItem', 'Query', 'Scan']) expect(await may(action)).toBe(false);
    }
  });
});

describe('secrets', () => {
  const arn = environment(prod.fn('worker'))[Env.secretsKeyArn] ?? '';
  const context = (use: string) => ({
    'kms:EncryptionContext:tenant': 'acme',
    'kms:EncryptionContext:use': use,
    'kms:EncryptionContextKeys': ['tenant', 'use'],
  });

  test('permit encryption to the surface that sets them, and decryption to the functions that use them', async () => {
    expect(await whoMay('kms:GenerateDataKey', arn, context('secret'))).toEqual(['api-flows']);
    expect(await whoMay('kms:Decrypt', arn, context('secret'))).toEqual(['deliverer', 'worker']);
  });

  test('sign requests of the worker and the deliverer, and are shown and rotated by the runner surface', async () => {
    const users = ['api-runner', 'deliverer', 'worker'];
    expect(await whoMay('kms:GenerateDataKey', arn, context('signing-secret'))).toEqual(users);
    expect(await whoMay('kms:Decrypt', arn, context('signing-secret'))).toEqual(users);
  });

  test('permit the runner surface alone to encrypt and decrypt those of hooks', async () => {
    expect(await whoMay('kms:GenerateDataKey', arn, context('hook-secret'))).toEqual(['api-runner']);
    expect(await whoMay('kms:Decrypt', arn, context('hook-secret'))).toEqual(['api-runner']);
  });

  test('belong to a tenant in every request', async () => {
    const { 'kms:EncryptionContext:tenant': _, ...ofNobody } = context('secret');
    const only = { ...ofNobody, 'kms:EncryptionContextKeys': ['use'] };
    expect(await whoMay('kms:Decrypt', arn, only)).toEqual([]);
    expect(await whoMay('kms:Decrypt', arn)).toEqual([]);
  });

  test.each(['Encrypt', 'ReEncryptFrom', 'ScheduleKeyDeletion', 'DisableKey', 'CreateGrant', 'PutKeyPolicy'])(
    'permit kms:%s to no function',
    async (action) => {
      expect(await whoMay(`kms:${action}`, arn, context('secret'))).toEqual([]);
    },
  );

  test('permit the worker to write rows of envelopes only among API keys and limits', async () => {
    const may = (...attributes: string[]) =>
      isAllowed(statementsOf(prod, 'worker'), 'dynamodb:PutItem', table('access'), {
        'dynamodb:Attributes': attributes,
      });
    expect(await may(...ENVELOPE_ATTRIBUTES)).toBe(true);
    expect(await may('pk', 'sk', 'hash', 'roles')).toBe(false);
    expect(await isAllowed(statementsOf(prod, 'worker'), 'dynamodb:PutItem', table('access'))).toBe(false);
  });

  test('permit the worker to change only the marks of used features among API keys and limits', async () => {
    const may = (...attributes: string[]) =>
      isAllowed(statementsOf(prod, 'worker'), 'dynamodb:UpdateItem', table('access'), {
        'dynamodb:Attributes': attributes,
      });
    expect(await may('pk', 'sk', 'prioritiesSince')).toBe(true);
    expect(await may('pk', 'sk', 'concurrentRuns')).toBe(false);
    expect(await may('pk', 'sk', 'roles')).toBe(false);
    expect(await isAllowed(statementsOf(prod, 'worker'), 'dynamodb:UpdateItem', table('access'))).toBe(false);
  });
});
