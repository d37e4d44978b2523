import { type After, upstreamJobs } from '../domain/after.ts';
import type { Job } from '../domain/job.ts';
import type { TenantId } from '../domain/tenant.ts';
import { type Db, get, getMany, query, type Write } from './db.ts';
import { all, beginsWith, equals, equalsOrAbsent, exists } from './expression.ts';
import { dependenciesKey, followerKey, followersPrefix, jobKey, stateKey } from './keys.ts';

/** The dependencies that a change of a job adds and removes: ids of upstream jobs. */
export interface DependencyChange {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** Version of all dependencies of the tenant when it was found that the added ones close no cycle. */
  readonly version: number | null;
}

/** Dependencies of the tenant's jobs, or an upstream job, have changed since they were read. Nothing was written. */
export class DependenciesChanged extends Error {
  constructor() {
    super('dependencies between jobs have changed');
    this.name = 'DependenciesChanged';
  }
}

/** Returns the version of all dependencies of a tenant, read consistently; null before the first. */
export async function getDependenciesVersion(db: Db, tenant: TenantId): Promise<number | null> {
  const item = await get(db, db.tables.jobs, dependenciesKey(tenant));
  return (item?.version as number | undefined) ?? null;
}

/** Returns the upstream jobs of existing jobs by job id, read consistently. */
export async function getUpstreamJobs(
  db: Db,
  tenant: TenantId,
  jobIds: readonly string[],
): Promise<Map<string, readonly string[]>> {
  const keys = jobIds.map((jobId) => ({ table: db.tables.jobs, key: jobKey(tenant, jobId) }));
  const items = await getMany(db, keys, { attributes: ['pk', 'sk', 'after'] });
  return new Map(
    items.flatMap((item, i) =>
      item ? [[jobIds[i] as string, upstreamJobs((item.after ?? null) as After | null)]] : [],
    ),
  );
}

/** Lists the jobs that start after runs of a job, by id, read consistently. */
export async function listFollowers(db: Db, tenant: TenantId, jobId: string): Promise<string[]> {
  const prefix = followersPrefix(jobId);
  const items = await query(db, db.tables.jobs, all(equals('pk', tenant), beginsWith('sk', prefix)), {
    // No later step looks for a follower that an outdated list omits.
    consistent: /* guard: chain.followers.consistent */ true,
  });
  return items.map(({ sk }) => (sk as string).slice(prefix.length));
}

/** Returns the change by which the dependencies of a job end with the job. */
export const changesOfDeletion = ({ after }: Job): DependencyChange => ({
  added: [],
  removed: upstreamJobs(after),
  version: null,
});

/**
 * Returns the writes that keep the list of followers of each upstream job, and their number in its state. They belong to
 * the transaction that writes the definition, whose condition ensures that the definition is as it was read.
 */
export function dependencyWrites(
  db: Db,
  { tenant, id }: Pick<Job, 'tenant' | 'id'>,
  change: DependencyChange | undefined,
): Write[] {
  if (!change) return [];
  const table = db.tables.jobs;
  const { added, removed, version } = change;
  const count = (upstream: string, followers: number): Write => ({
    table,
    update: stateKey(tenant, upstream),
    changes: { add: { followers } },
    condition: /* guard: dependency.upstream */ exists('pk'),
  });
  return [
    ...added.flatMap((upstream) => [{ table, put: { ...followerKey(tenant, upstream, id) } }, count(upstream, 1)]),
    ...removed.flatMap((upstream) => [{ table, remove: followerKey(tenant, upstream, id) }, count(upstream, -1)]),
    ...(added.length > 0
      ? [
          {
            table,
            update: dependenciesKey(tenant),
            changes: { add: { version: 1 } },
            condition: /* guard: dependency.version */ equalsOrAbsent('version', version),
          },
        ]
      : []),
  ];
}
