import {
  CreateScheduleCommand,
  CreateScheduleGroupCommand,
  type CreateScheduleInput,
  DeleteScheduleCommand,
  DeleteScheduleGroupCommand,
  GetScheduleCommand,
  ListSchedulesCommand,
  SchedulerClient,
  UpdateScheduleCommand,
} from '@aws-sdk/client-scheduler';
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  type DeadLetterAttributes,
  type SchedulerTargets,
  UnreachableTargetError,
} from '../../../../../lib/local/scheduler/engine.ts';
import { type Scheduler, startScheduler } from '../../../../../lib/local/scheduler/service.ts';
import { Clock } from '../../../../../lib/local/support/clock.ts';
import { temporaryFolder } from '../../../../helpers/temporary-folder.ts';
import { waitForAssertion } from '../../../../helpers/wait.ts';

const QUEUE = 'arn:aws:sqs:us-east-1:000000000000:ticks';
const DEAD = 'arn:aws:sqs:us-east-1:000000000000:dead';
const ROLE = 'arn:aws:iam::000000000000:role/scheduler';
const NOON = Date.UTC(2026, 2, 2, 12, 0, 30);
const MINUTE = 60_000;

/** Targets that record deliveries, and reject them while `failure` is set. */
class Inbox implements SchedulerTargets {
  readonly payloads: string[] = [];
  readonly attempts: string[] = [];
  readonly sentToDlq: { queue: string; body: string; attributes: DeadLetterAttributes }[] = [];
  failure: Error | undefined;

  async deliver(_target: unknown, payload: string): Promise<void> {
    this.attempts.push(payload);
    if (this.failure) throw this.failure;
    this.payloads.push(payload);
  }

  async sendDeadLetter(queue: string, body: string, attributes: DeadLetterAttributes): Promise<void> {
    this.sentToDlq.push({ queue, body, attributes });
  }
}

async function setUp(options: { folder?: string; at?: number } = {}) {
  const clock = new Clock();
  clock.set(options.at ?? NOON);
  const inbox = new Inbox();
  const folder = options.folder ?? temporaryFolder();
  const scheduler = await startScheduler(folder, { clock, targets: inbox, log: () => {} });
  const client = new SchedulerClient({
    endpoint: scheduler.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
  });
  let stopped = false;
  const stop = async () => {
    if (!stopped) await scheduler.stop();
    stopped = true;
    client.destroy();
  };
  onTestFinished(stop);
  return { clock, inbox, scheduler, client, folder, stop };
}

function schedule(overrides: Partial<CreateScheduleInput> = {}, target: object = {}): CreateScheduleInput {
  return {
    Name: 'sync',
    ScheduleExpression: 'cron(* * * * ? *)',
    FlexibleTimeWindow: { Mode: 'OFF' },
    Target: { Arn: QUEUE, RoleArn: ROLE, Input: '<aws.scheduler.scheduled-time>', ...target },
    ...overrides,
  };
}

/** Waits until the scheduler has delivered `count` fires at the advanced time. */
async function delivered(inbox: Inbox, count: number): Promise<void> {
  await waitForAssertion(() => expect(inbox.payloads.length).toBeGreaterThanOrEqual(count));
}

function begin(scheduler: Scheduler): void {
  scheduler.start();
}

describe('scheduler API', () => {
  test('creates, reads, updates, lists and deletes schedules for the SDK', async () => {
    const { client } = await setUp();

    const created = await client.send(new CreateScheduleCommand(schedule({ StartDate: new Date(NOON + MINUTE) })));
    const read = await client.send(new GetScheduleCommand({ Name: 'sync' }));
    await client.send(new UpdateScheduleCommand(schedule({ State: 'DISABLED', Description: 'off' })));
    const changed = await client.send(new GetScheduleCommand({ Name: 'sync' }));
    const listed = await client.send(new ListSchedulesCommand({ NamePrefix: 'sy' }));
    await client.send(new DeleteScheduleCommand({ Name: 'sync' }));

    expect(created.ScheduleArn).toBe('arn:aws:scheduler:us-east-1:000000000000:schedule/default/sync');
    expect(read).toMatchObject({
      Arn: created.ScheduleArn,
      GroupName: 'default',
      State: 'ENABLED',
      ScheduleExpressionTimezone: 'UTC',
      StartDate: new Date(NOON + MINUTE),
      Target: { RetryPolicy: { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 } },
    });
    expect(changed).toMatchObject({ State: 'DISABLED', Description: 'off', CreationDate: read.CreationDate });
    expect(changed.StartDate).toBeUndefined();
    expect(listed.Schedules?.map(({ Name }) => Name)).toEqual(['sync']);
    await expect(client.send(new GetScheduleCommand({ Name: 'sync' }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: 'Schedule sync does not exist.',
    });
  });

  test('rejects a duplicate name, but accepts the repeat of a request', async () => {
    const { client } = await setUp();
    await client.send(new CreateScheduleCommand(schedule({ ClientToken: 'one' })));

    await client.send(new CreateScheduleCommand(schedule({ ClientToken: 'one' })));

    await expect(client.send(new CreateScheduleCommand(schedule({ ClientToken: 'two' })))).rejects.toMatchObject({
      name: 'ConflictException',
    });
  });

  test('requires a group, and deletes schedules with their group', async () => {
    const { client } = await setUp();
    const inGroup = schedule({ GroupName: 'tenants' });
    await expect(client.send(new CreateScheduleCommand(inGroup))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
    await client.send(new CreateScheduleGroupCommand({ Name: 'tenants' }));
    await client.send(new CreateScheduleCommand(inGroup));

    await client.send(new DeleteScheduleGroupCommand({ Name: 'tenants' }));

    const left = await client.send(new ListSchedulesCommand({}));
    expect(left.Schedules).toEqual([]);
  });

  test('returns lists in pages', async () => {
    const { client } = await setUp();
    for (const Name of ['a', 'b', 'c']) await client.send(new CreateScheduleCommand(schedule({ Name })));

    const first = await client.send(new ListSchedulesCommand({ MaxResults: 2 }));
    const second = await client.send(new ListSchedulesCommand({ MaxResults: 2, NextToken: first.NextToken }));

    expect(first.Schedules?.map(({ Name }) => Name)).toEqual(['a', 'b']);
    expect(second.Schedules?.map(({ Name }) => Name)).toEqual(['c']);
    expect(second.NextToken).toBeUndefined();
  });

  test.each<[string, CreateScheduleInput]>([
    ['a Unix cron', schedule({ ScheduleExpression: '* * * * *' })],
    ['a cron with a minute of 75', schedule({ ScheduleExpression: 'cron(75 * * * ? *)' })],
    ['a rate of nothing', schedule({ ScheduleExpression: 'rate(0 minutes)' })],
    ['an unknown timezone', schedule({ ScheduleExpressionTimezone: 'Mars/Olympus' })],
    ['a start long ago', schedule({ StartDate: new Date(NOON - 6 * MINUTE) })],
    ['an end before the start', schedule({ StartDate: new Date(NOON + 2 * MINUTE), EndDate: new Date(NOON + MINUTE) })],
    ['an age below a minute', schedule({}, { RetryPolicy: { MaximumEventAgeInSeconds: 59 } })],
    ['a message group on a standard queue', schedule({}, { SqsParameters: { MessageGroupId: 'acme' } })],
    ['a target that is no queue or function', schedule({}, { Arn: 'arn:aws:sns:us-east-1:000000000000:topic' })],
    ['a FIFO dead-letter queue', schedule({}, { DeadLetterConfig: { Arn: `${DEAD}.fifo` } })],
    ['a window without a mode', schedule({ FlexibleTimeWindow: { Mode: undefined } })],
    ['a name with a slash', schedule({ Name: 'a/b' })],
    ['a name of 65 characters', schedule({ Name: 'x'.repeat(65) })],
  ])('rejects %s', async (_, input) => {
    const { client } = await setUp();

    const answer = client.send(new CreateScheduleCommand(input));

    await expect(answer).rejects.toMatchObject({ name: 'ValidationException' });
  });
});

describe('firing', () => {
  test('fires once for each due time when the clock moves, with context attributes', async () => {
    const { client, clock, inbox, scheduler } = await setUp();
    const input = '<aws.scheduler.scheduled-time>|<aws.scheduler.attempt-number>|<aws.scheduler.schedule-arn>';
    await client.send(new CreateScheduleCommand(schedule({}, { Input: input })));
    begin(scheduler);

    clock.advance(3 * MINUTE);

    await delivered(inbox, 3);
    const arn = 'arn:aws:scheduler:us-east-1:000000000000:schedule/default/sync';
    expect(inbox.payloads.toSorted()).toEqual([
      `2026-03-02T12:01:00Z|1|${arn}`,
      `2026-03-02T12:02:00Z|1|${arn}`,
      `2026-03-02T12:03:00Z|1|${arn}`,
    ]);
  });

  test('fires a declared schedule once for all times that a moved clock skips, and other schedules for each', async () => {
    const { client, clock, inbox, scheduler } = await setUp();
    const declared = schedule({ Name: 'platform' }, { Input: 'platform <aws.scheduler.scheduled-time>' });
    scheduler.declare([], [declared as unknown as Record<string, unknown>]);
    await client.send(new CreateScheduleCommand(schedule()));
    begin(scheduler);

    clock.advance(3 * MINUTE);
    await delivered(inbox, 4);
    clock.advance(MINUTE);
    await delivered(inbox, 6);

    expect(inbox.payloads.toSorted()).toEqual([
      '2026-03-02T12:01:00Z',
      '2026-03-02T12:02:00Z',
      '2026-03-02T12:03:00Z',
      '2026-03-02T12:04:00Z',
      'platform 2026-03-02T12:03:00Z',
      'platform 2026-03-02T12:04:00Z',
    ]);
  });

  test('respects the time zone, the start and the end', async () => {
    const { client, clock, inbox, scheduler } = await setUp();
    const daily = schedule({
      Name: 'daily',
      ScheduleExpression: 'cron(0 9 * * ? *)',
      ScheduleExpressionTimezone: 'Europe/Berlin',
      EndDate: new Date(NOON + 2 * 24 * 60 * MINUTE),
    });
    await client.send(new CreateScheduleCommand(daily));
    begin(scheduler);

    clock.advance(7 * 24 * 60 * MINUTE);

    await delivered(inbox, 2);
    expect(inbox.payloads).toEqual(['2026-03-03T08:00:00Z', '2026-03-04T08:00:00Z']);
  });

  test('does not fire disabled or deleted schedules', async () => {
    const { client, clock, inbox, scheduler } = await setUp();
    await client.send(new CreateScheduleCommand(schedule({ Name: 'off', State: 'DISABLED' })));
    await client.send(new CreateScheduleCommand(schedule({ Name: 'gone' })));
    await client.send(new DeleteScheduleCommand({ Name: 'gone' }));
    await client.send(new CreateScheduleCommand(schedule({ Name: 'on' }, { Input: 'on' })));
    begin(scheduler);

    clock.advance(MINUTE);

    await delivered(inbox, 1);
    expect(inbox.payloads).toEqual(['on']);
  });

  test('fires a one-time schedule once and deletes it on request', async () => {
    const { client, clock, inbox, scheduler } = await setUp();
    const once = schedule({ ScheduleExpression: 'at(2026-03-02T12:05:00)', ActionAfterCompletion: 'DELETE' });
    await client.send(new CreateScheduleCommand(once));
    begin(scheduler);

    clock.advance(60 * MINUTE);

    await delivered(inbox, 1);
    expect(inbox.payloads).toEqual(['2026-03-02T12:05:00Z']);
    await expect(client.send(new GetScheduleCommand({ Name: 'sync' }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
  });
});

describe('delivery', () => {
  test('retries until the target accepts', async () => {
    const { client, clock, inbox, scheduler } = await setUp();
    inbox.failure = new Error('busy');
    await client.send(new CreateScheduleCommand(schedule({}, { Input: '<aws.scheduler.attempt-number>' })));
    begin(scheduler);
    clock.advance(MINUTE);
    await waitForAssertion(() => expect(inbox.attempts).toEqual(['1']));

    inbox.failure = undefined;
    clock.advance(2_000);

    await delivered(inbox, 1);
    expect(inbox.payloads).toEqual(['2']);
  });

  test('sends a dead letter with the reason after the last attempt', async () => {
    const { client, clock, inbox, scheduler } = await setUp();
    inbox.failure = new Error('busy');
    const target = { RetryPolicy: { MaximumRetryAttempts: 0 }, DeadLetterConfig: { Arn: DEAD } };
    await client.send(new CreateScheduleCommand(schedule({ State: 'ENABLED' }, target)));
    begin(scheduler);

    clock.advance(MINUTE);

    await waitForAssertion(() => expect(inbox.sentToDlq).toHaveLength(1));
    expect(inbox.sentToDlq[0]).toMatchObject({
      queue: DEAD,
      body: '2026-03-02T12:01:00Z',
      attributes: {
        ERROR_CODE: 'Error',
        ERROR_MESSAGE: 'busy',
        EXHAUSTED_RETRY_CONDITION: 'MaximumRetryAttempts',
        RETRY_ATTEMPTS: '0',
        SCHEDULED_TIME: '2026-03-02T12:01:00Z',
        TARGET_ARN: QUEUE,
      },
    });
  });

  test('sends a dead letter when a fire is too old', async () => {
    const { client, clock, inbox, scheduler } = await setUp();
    inbox.failure = new Error('busy');
    const target = { RetryPolicy: { MaximumEventAgeInSeconds: 60 }, DeadLetterConfig: { Arn: DEAD } };
    await client.send(new CreateScheduleCommand(schedule({ EndDate: new Date(NOON + MINUTE) }, target)));
    begin(scheduler);
    clock.advance(MINUTE);
    await waitForAssertion(() => expect(inbox.attempts).toHaveLength(1));

    clock.advance(2 * MINUTE);

    await waitForAssertion(() => expect(inbox.sentToDlq).toHaveLength(1));
    expect(inbox.sentToDlq[0]?.attributes.EXHAUSTED_RETRY_CONDITION).toBe('MaximumEventAgeInSeconds');
  });

  test('does not retry a missing target', async () => {
    const { client, clock, inbox, scheduler } = await setUp();
    inbox.failure = new UnreachableTargetError('no such queue');
    await client.send(new CreateScheduleCommand(schedule({}, { DeadLetterConfig: { Arn: DEAD } })));
    begin(scheduler);

    clock.advance(MINUTE);

    await waitForAssertion(() => expect(inbox.sentToDlq).toHaveLength(1));
    expect(inbox.attempts).toHaveLength(1);
  });
});

describe('restart', () => {
  test('delivers young missed fires late and loses old ones', async () => {
    const before = await setUp();
    const target = { RetryPolicy: { MaximumEventAgeInSeconds: 300 } };
    await before.client.send(new CreateScheduleCommand(schedule({}, target)));
    await before.stop();

    const after = await setUp({ folder: before.folder, at: NOON + 60 * MINUTE });
    begin(after.scheduler);

    await delivered(after.inbox, 5);
    expect(after.inbox.payloads.toSorted()).toEqual(
      ['12:56', '12:57', '12:58', '12:59', '13:00'].map((time) => `2026-03-02T${time}:00Z`),
    );
  });

  test('delivers pending fires', async () => {
    const before = await setUp();
    before.inbox.failure = new Error('busy');
    await before.client.send(new CreateScheduleCommand(schedule({ EndDate: new Date(NOON + MINUTE) })));
    begin(before.scheduler);
    before.clock.advance(MINUTE);
    await waitForAssertion(() => expect(before.inbox.attempts).toHaveLength(1));
    await before.stop();

    const after = await setUp({ folder: before.folder, at: NOON + 2 * MINUTE });
    begin(after.scheduler);

    await delivered(after.inbox, 1);
    expect(after.inbox.payloads).toEqual(['2026-03-02T12:01:00Z']);
  });

  test('keeps unchanged declared schedules and deletes removed ones', async () => {
    const before = await setUp();
    const declared = (Name: string) => schedule({ Name }) as unknown as Record<string, unknown>;
    before.scheduler.declare(['platform'], [declared('kept'), declared('dropped')]);
    const { CreationDate } = await before.client.send(new GetScheduleCommand({ Name: 'kept' }));
    await before.stop();

    const after = await setUp({ folder: before.folder, at: NOON + MINUTE });
    after.scheduler.declare(['platform'], [declared('kept')]);

    const { Schedules } = await after.client.send(new ListSchedulesCommand({}));
    expect(Schedules?.map((s) => [s.Name, s.CreationDate])).toEqual([['kept', CreationDate]]);
  });
});
