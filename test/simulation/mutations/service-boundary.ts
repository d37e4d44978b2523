import type { Mutation } from './mutation.ts';

const inRegistrar = (named: string) => ({ file: 'test/simulation/registrar.test.ts', named });
const inAuthentication = (named: string) => ({ file: 'test/unit/functions/api/http/authenticate.test.ts', named });
const inTombstone = (named: string) => ({ file: 'test/unit/functions/core/store/tombstones.test.ts', named });
const inFirstWrite = (named: string) => ({ file: 'test/unit/functions/core/store/concurrent-creation.test.ts', named });
const inIfMatch = (named: string) => ({ file: 'test/unit/functions/api/http/if-match.test.ts', named });
const inTenantSession = (named: string) => ({
  file: 'test/unit/functions/core/platform/tenant-session.test.ts',
  named,
});

/** What stands between the platform and the services, and those who call it. */
export const SERVICE_BOUNDARY_MUTATIONS: readonly Mutation[] = [
  {
    guard: 'message.malformed',
    as: "throw new Error('disabled');",
    why: 'a message that is none of ours goes away',
  },
  {
    guard: 'message.failed.retry',
    why: 'a message that could not be handled comes again',
    test: {
      file: 'test/unit/functions/core/platform/sqs-batch.test.ts',
      named: 'reports only the failed messages of a batch for redelivery',
    },
  },
  {
    guard: 'message.tenant-deleted',
    as: 'false',
    why: 'messages of a tenant that was deleted go away',
    test: inTombstone('drops the tenant’s messages, which would otherwise be redelivered for ever'),
  },
  {
    guard: 'run.start.tenant-deleted',
    why: 'no run is made of a tenant that is being deleted',
    test: inTombstone('starts no run, no tick and no request'),
  },
  {
    guard: 'run.claim.tenant-deleted',
    why: 'nor is one claimed',
    test: inTombstone('starts no run, no tick and no request'),
  },
  {
    guard: 'batch-read.unprocessed',
    as: '{}',
    why: 'what a batch of reads leaves out is read',
  },
  {
    guard: 'batch-write.unprocessed',
    as: '[]',
    why: 'what a batch of writes leaves out is written',
  },
  {
    guard: 'transaction.conflict.retry',
    as: 'true',
    why: 'a transaction that meets another one is tried again',
    test: {
      file: 'test/unit/functions/core/store/db.transact.test.ts',
      named: 'retries after a conflict',
    },
  },
  {
    guard: 'dead-letter.run.fail',
    as: 'undefined',
    why: 'a run whose message kills its workers fails',
  },
  {
    guard: 'job.limit',
    why: 'jobs that are defined at the same time do not pass the limit together',
    test: {
      file: 'test/unit/functions/api/administration/limits.test.ts',
      named: 'holds under concurrent creation',
    },
  },
  {
    guard: 'job.version',
    why: 'of two who change a definition at the same time, neither undoes the other',
    test: {
      file: 'test/simulation/job-versions.test.ts',
      named: 'a definition is kept with the change that replaces it, or not at all',
    },
  },
  {
    guard: 'request-rate.capacity',
    as: 'Number.MAX_SAFE_INTEGER',
    why: 'instances that answer at the same time do not pass the rate together',
    test: inFirstWrite('never draws more tokens than the bucket holds, in spite of concurrent draws'),
  },
  {
    guard: 'request-rate.unavailable',
    as: "throw new Error('disabled');",
    why: 'requests are answered though nobody can be asked how many there were',
    test: {
      file: 'test/unit/functions/api/administration/limits.test.ts',
      named: 'passes requests and logs a warning when the bucket cannot be read',
    },
  },
  {
    guard: 'cache.clock-set-back',
    why: 'what is kept for a while is not kept for longer by a clock that was set back',
    test: {
      file: 'test/unit/functions/core/platform/ttl-cache.test.ts',
      named: 'drops values when the clock is set back',
    },
  },
  {
    guard: 'job-count.recount',
    why: 'jobs are not counted anew over one that is made meanwhile',
    test: {
      file: 'test/unit/functions/api/administration/limits.test.ts',
      named: 'corrects a wrong count unless a job changes meanwhile',
    },
  },
  {
    guard: 'api-key.limit',
    as: '10_000',
    why: 'API keys that are made at the same time do not pass their limit together',
    test: {
      file: 'test/unit/functions/api/http/api-key-verifier.test.ts',
      named: 'never exceed one hundred, even under concurrent creation',
    },
  },
  {
    guard: 'api-key.revoked',
    why: 'an API key that was revoked does not come back by being used',
    test: {
      file: 'test/unit/functions/api/http/api-key-verifier.test.ts',
      named: 'never moves back in time and does not restore a revoked key',
    },
  },
  {
    guard: 'registration.deleted-job',
    why: 'schedules of a job that was deleted go, though who heard of it crashed',
    test: inRegistrar('removes what is of no job any more'),
  },
  {
    guard: 'registration.refused-schedule',
    why: 'a schedule does not go on firing that a refused one was to take the place of',
    test: inRegistrar('records and explains a schedule that is refused, until the cause is gone'),
  },
  {
    guard: 'registration.schedule-exists',
    as: 'true',
    why: 'a schedule that is there, though that was not recorded, is made as it is to be',
    test: inRegistrar('makes schedules as they are to be, though it crashed before it recorded them'),
  },
  {
    guard: 'registration.newer',
    why: 'what a registrar that comes late has to say is not recorded over what is newer',
    test: inRegistrar('that comes late records nothing over what is newer'),
  },
  {
    guard: 'jwks.issuer-down',
    as: 'false',
    why: 'tokens are checked while their issuer is down',
    test: inAuthentication('stay valid while the issuer is down'),
  },
  {
    guard: 'jwks.unknown-key',
    why: 'whoever invents key ids does not make us ask the issuer for each',
    test: inAuthentication('load once for any number of unknown key ids'),
  },
  {
    guard: 'tenant-session.sts-down',
    why: 'requests go on while STS is down',
    test: inTenantSession('uses a session that cannot be renewed until it expires, and pauses calls to STS'),
  },
  {
    guard: 'tenant-session.failed-open',
    why: 'a session that could not be had once can be had later',
    test: inTenantSession('retries a failed request to STS for the next caller'),
  },
  {
    guard: 'cursor-secret.first',
    why: 'cursors of a tenant that several instances make are good for all of them',
    test: inFirstWrite('creates cursors that are valid for both of two concurrent instances'),
  },
  {
    guard: 'signing-secret.rotation',
    why: 'a signing secret is changed by one at a time',
    test: inFirstWrite('lets one of two concurrent rotations proceed, and another one later'),
  },
  {
    guard: 'signing-secret.first',
    as: 'true',
    why: 'two who make a tenant’s first secret at the same time have the same one',
    test: {
      file: 'test/unit/functions/core/platform/signing-secrets.test.ts',
      named: 'create a secret on first use, and only one for two concurrent callers',
    },
  },
  {
    guard: 'job.if-match',
    why: 'a change that names an older version of the job is refused',
    test: inIfMatch('fails if another change is written between the read and the write'),
  },
  {
    guard: 'job.delete.version',
    why: 'a job that was changed after it was read is not deleted by a condition on the version',
    test: inIfMatch('keeps a job that was changed after it was read'),
  },
];
