import type { DynamoDBRecord } from 'aws-lambda';
import type { ReconcileRequest } from '../../domain/reconcile-request.ts';
import { parseTenantId, type TenantId } from '../../domain/tenant.ts';
import { JOB_PREFIXES } from '../../store/keys.ts';
import { readRequestImage } from '../../store/reconcile-requests.ts';

/** The changes of one job in a batch of the stream. One pass of the registrar handles all of them. */
export interface ChangedJob {
  readonly tenant: TenantId;
  readonly jobId: string;
  /** Incarnations that the changes replaced or removed. */
  readonly formerIncarnations: ReadonlySet<string>;
  /** The request to reconcile, if it is among the changes. */
  readonly request: ReconcileRequest | undefined;
  /** Sequence number of the first change. */
  readonly sequence: string;
}

/** The changed jobs of a batch, and the sequence numbers of malformed records. */
export interface ChangedJobs {
  readonly jobs: readonly ChangedJob[];
  readonly malformed: readonly string[];
}

/**
 * Groups the records of a batch by job. The jobs of different tenants alternate, so that the first job of each tenant
 * precedes the second job of another.
 */
export function groupByJob(records: readonly DynamoDBRecord[]): ChangedJobs {
  const jobs = new Map<string, ChangedJob>();
  const malformed: string[] = [];
  for (const record of records) {
    // The registrar removes a request when it has fulfilled it.
    if (isRemovedRequest(record)) continue;
    const change = parseRecord(record);
    if (!change) {
      malformed.push(record.dynamodb?.SequenceNumber ?? '');
      continue;
    }
    const key = `${change.tenant}#${change.jobId}`;
    const earlier = jobs.get(key);
    jobs.set(key, earlier ? merge(earlier, change) : change);
  }
  return { jobs: alternateTenants([...jobs.values()]), malformed };
}

const isRemovedRequest = ({ eventName, dynamodb }: DynamoDBRecord): boolean =>
  eventName === 'REMOVE' && Boolean(dynamodb?.Keys?.sk?.S?.startsWith(JOB_PREFIXES.reconcileRequest));

function parseRecord({ dynamodb }: DynamoDBRecord): ChangedJob | undefined {
  const tenant = parseTenantId(dynamodb?.Keys?.pk?.S);
  const sortKey = dynamodb?.Keys?.sk?.S ?? '';
  const prefix = [JOB_PREFIXES.job, JOB_PREFIXES.reconcileRequest].find((one) => sortKey.startsWith(one));
  const jobId = sortKey.slice(prefix?.length);
  if (!tenant || !prefix || !jobId) return undefined;
  const sequence = dynamodb?.SequenceNumber ?? '';
  if (prefix === JOB_PREFIXES.reconcileRequest) {
    const request = dynamodb?.NewImage && readRequestImage(dynamodb.NewImage);
    return { tenant, jobId, formerIncarnations: new Set(request?.incarnations), request, sequence };
  }
  const before = dynamodb?.OldImage?.incarnation?.S;
  const isFormer = before !== undefined && before !== dynamodb?.NewImage?.incarnation?.S;
  return { tenant, jobId, formerIncarnations: new Set(isFormer ? [before] : []), request: undefined, sequence };
}

const merge = (earlier: ChangedJob, later: ChangedJob): ChangedJob => ({
  ...earlier,
  // guard: registration.coalesced.incarnations
  formerIncarnations: new Set([...earlier.formerIncarnations, ...later.formerIncarnations]),
  request: later.request ?? earlier.request,
});

function alternateTenants(jobs: readonly ChangedJob[]): readonly ChangedJob[] {
  const places = new Map<TenantId, number>();
  const ranked = jobs.map((job) => {
    const place = places.get(job.tenant) ?? 0;
    places.set(job.tenant, place + 1);
    return { job, place };
  });
  return ranked.sort((a, b) => a.place - b.place).map(({ job }) => job);
}
