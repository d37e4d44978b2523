import type { SendMessageBatchCommandInput, SQSClient } from '@aws-sdk/client-sqs';
import { describe, expect, it } from 'vitest';
import { createQueues, type SweepRequest } from '../../../../../functions/core/platform/queues.ts';
import { newTenant } from '../../../../helpers/builders/jobs.ts';

const URLS = {
  runs: 'runs',
  ticks: 'ticks',
  notifications: 'notifications',
  sweeps: 'sweeps',
  deadNotifications: 'dead',
};

/** A queue that rejects the first `rejected` messages of each of its first `times` batches. */
function fakeQueue(rejected = 0, times = 0) {
  const batches: SendMessageBatchCommandInput[] = [];
  const send = async ({ input }: { readonly input: SendMessageBatchCommandInput }) => {
    batches.push(input);
    return batches.length <= times ? { Failed: input.Entries?.slice(0, rejected).map(({ Id }) => ({ Id })) } : {};
  };
  return { queues: createQueues({ send } as unknown as SQSClient, URLS), batches };
}

const sweep = (more: Partial<SweepRequest> = {}): SweepRequest => ({ tenant: newTenant(), delayMs: 0, ...more });
const groupsOf = (batch: SendMessageBatchCommandInput | undefined) =>
  batch?.Entries?.map(({ MessageGroupId }) => MessageGroupId);

describe('sendSweeps', () => {
  it('sends ten messages at once, each in the group of its tenant and delayed until it is due', async () => {
    const { queues, batches } = fakeQueue();
    const sweeps = [
      sweep({ delayMs: 59_001 }),
      sweep({ delayMs: -5_000, full: true }),
      ...Array.from({ length: 10 }, () => sweep()),
    ];

    await queues.sendSweeps(sweeps);

    expect(batches.map(({ Entries }) => Entries?.length)).toEqual([10, 2]);
    expect(batches.flatMap((batch) => groupsOf(batch) ?? [])).toEqual(sweeps.map(({ tenant }) => tenant));
    const [first, second] = batches[0]?.Entries ?? [];
    expect(first).toMatchObject({ DelaySeconds: 60, MessageBody: JSON.stringify({ v: 1, tenant: sweeps[0]?.tenant }) });
    const full = { v: 1, tenant: sweeps[1]?.tenant, full: true };
    expect(second).toMatchObject({ DelaySeconds: 0, MessageBody: JSON.stringify(full) });
  });

  it('sends again what SQS did not accept', async () => {
    const { queues, batches } = fakeQueue(2, 1);
    const sweeps = [sweep(), sweep(), sweep()];

    await queues.sendSweeps(sweeps);

    expect(batches.map(groupsOf)).toEqual([
      sweeps.map(({ tenant }) => tenant),
      sweeps.slice(0, 2).map(({ tenant }) => tenant),
    ]);
  });
});

describe('sendRuns', () => {
  it('sends ten messages at once, each in the group of its tenant', async () => {
    const { queues, batches } = fakeQueue();
    const refs = Array.from({ length: 11 }, (_, i) => ({
      tenant: newTenant(),
      jobId: `job-${i}`,
      incarnation: 'one',
      ulid: `run-${i}`,
    }));

    await queues.sendRuns(refs);

    expect(batches.map(({ QueueUrl, Entries }) => [QueueUrl, Entries?.length])).toEqual([
      ['runs', 10],
      ['runs', 1],
    ]);
    expect(batches.flatMap((batch) => groupsOf(batch) ?? [])).toEqual(refs.map(({ tenant }) => tenant));
    expect(JSON.parse(batches[0]?.Entries?.[0]?.MessageBody ?? '')).toEqual({ v: 1, ...refs[0] });
  });
});
