import type { Job, Target } from '../domain/job.ts';
import type { Item } from './db.ts';
import { jobKey } from './keys.ts';

export function toJob(item: Item): Job {
  const { pk, sk, ...rest } = item;
  const absentFields = {
    description: null,
    schedule: null,
    startAt: null,
    endAt: null,
    timeoutMs: null,
    integrationId: null,
    onFailure: null,
    onSuccess: null,
    onLate: null,
    startGraceSeconds: 0,
    finishGraceSeconds: 0,
  };
  const job = { ...absentFields, ...rest, tenant: pk } as unknown as Job;
  return { ...job, target: toTarget(item.target as Item) };
}

export function fromJob({ tenant, ...job }: Job): Item {
  return { ...jobKey(tenant, job.id), ...job, target: fromTarget(job.target) };
}

/** Stores a flow as text, because DynamoDB does not preserve its numbers, depth and field order. */
function fromTarget(target: Target): Item {
  switch (target.type) {
    case 'script':
      return { ...target };
    case 'http':
      return { ...target, body: target.body ?? undefined };
    case 'flow':
      return { ...target, flow: JSON.stringify(target.flow) };
  }
}

function toTarget(stored: Item): Target {
  switch (stored.type) {
    case 'http':
      return { body: null, ...stored } as unknown as Target;
    case 'flow':
      return { type: 'flow', flow: JSON.parse(stored.flow as string) };
    default:
      return stored as unknown as Target;
  }
}
