import type { Mutation } from './mutation.ts';

const DB = 'functions/store/db.ts';
const BATCH = 'functions/platform/sqs-batch.ts';
const RECONCILE = 'functions/registrar/reconcile.ts';
const JWKS = 'functions/api/edge/jwks.ts';
const SESSION = 'functions/platform/tenant-session.ts';
const registered = (named: string) => ({ file: 'test/fault/registrar.test.ts', named });
const authenticated = (named: string) => ({ file: 'test/unit/authentication.test.ts', named });
const fenced = (named: string) => ({ file: 'test/unit/fence.test.ts', named });
const first = (named: string) => ({ file: 'test/unit/first-come.test.ts', named });
const conditional = (named: string) => ({ file: 'test/unit/if-match.test.ts', named });
const session = (named: string) => ({ file: 'test/unit/tenant-session.test.ts', named });

/** What stands between the platform and the services, and those who call it. */
export const OF_THE_EDGES: readonly Mutation[] = [
  {
    file: BATCH,
    find: `queue: record.eventSourceARN });
      continue;`,
    replace: `queue: record.eventSourceARN });
      throw new Error('malformed');`,
    why: 'a message that is none of ours goes away',
  },
  {
    file: BATCH,
    find: '      batchItemFailures.push({ itemIdentifier: record.messageId });\n',
    replace: '',
    why: 'a message that could not be handled comes again',
    test: { file: 'test/unit/sqs-batch.test.ts', named: 'of a batch what could not be handled comes again' },
  },
  {
    file: BATCH,
    find: 'if (error instanceof TenantFenced) {',
    replace: 'if (error instanceof TenantFenced && record.body === undefined) {',
    why: 'messages of a tenant that was deleted go away',
    test: fenced('has its messages dropped: they would come again for ever'),
  },
  {
    file: 'functions/lifecycle/start.ts',
    find: '  refuseFenced(limits);\n',
    replace: '',
    why: 'no run is made of a tenant that is being deleted',
    test: fenced('starts nothing: no run, no tick, no request'),
  },
  {
    file: 'functions/lifecycle/claim.ts',
    find: '  if (fencedAt) return undefined;\n',
    replace: '',
    why: 'nor is one claimed',
    test: fenced('starts nothing: no run, no tick, no request'),
  },
  {
    file: DB,
    find: 'return { rest: UnprocessedKeys ?? {} };',
    replace: 'void UnprocessedKeys;\n      return { rest: {} };',
    why: 'what a batch of reads leaves out is read',
  },
  {
    file: DB,
    find: 'return { rest: UnprocessedItems?.[table] ?? [] };',
    replace: 'void UnprocessedItems;\n    return { rest: [] };',
    why: 'what a batch of writes leaves out is written',
  },
  {
    file: DB,
    find: "if (!codes.includes('TransactionConflict') || tries === most) throw error;",
    replace: 'throw error;',
    why: 'a transaction that meets another one is tried again',
    test: { file: 'test/unit/store-transact.test.ts', named: 'is tried again when it met another one on its items' },
  },
  {
    file: 'functions/dead-letters/runs.ts',
    find: 'await failUnclaimed(platform, message, receives);',
    replace: 'void record; void failUnclaimed;',
    why: 'a run whose message kills its workers fails',
  },
  {
    file: 'functions/store/jobs.ts',
    find: "condition: all(exists('pk'), below('count', most)),",
    replace: "condition: all(exists('pk'), below('count', most + 1_000)),",
    why: 'jobs that are defined at the same time do not pass the limit together',
    test: {
      file: 'test/unit/limits.test.ts',
      named: 'are never more than the limit, however many are defined at once',
    },
  },
  {
    file: 'functions/store/jobs.ts',
    find: "all(equals('incarnation', job.incarnation), equals('version', job.version - 1))",
    replace: "equals('incarnation', job.incarnation)",
    why: 'of two who change a definition at the same time, neither undoes the other',
    test: {
      file: 'test/fault/definitions.test.ts',
      named: 'a definition is kept with the change that replaces it, or not at all',
    },
  },
  {
    file: 'functions/store/request-rates.ts',
    find: "between('full', now, drawing.most));",
    replace: "between('full', now, Number.MAX_SAFE_INTEGER));",
    why: 'instances that answer at the same time do not pass the rate together',
    test: first('instances that draw from a tenant’s bucket at the same time'),
  },
  {
    file: 'functions/platform/request-limiter.ts',
    find: "      this.#options.log.warn('limit.not_asked',",
    replace: "      throw error;\n      this.#options.log.warn('limit.not_asked',",
    why: 'requests are answered though nobody can be asked how many there were',
    test: { file: 'test/unit/limits.test.ts', named: 'pass when the bucket cannot be asked, and that is told' },
  },
  {
    file: 'functions/platform/timed-cache.ts',
    find: 'if (age >= 0 && age < this.#options.keepMs) return entry.value;',
    replace: 'if (age < this.#options.keepMs) return entry.value;',
    why: 'what is kept for a while is not kept for longer by a clock that was set back',
    test: { file: 'test/unit/timed-cache.test.ts', named: 'a clock that was set back keeps nothing longer' },
  },
  {
    file: 'functions/store/job-counts.ts',
    find: "changes, is('version', seen?.version));",
    replace: 'changes);',
    why: 'jobs are not counted anew over one that is made meanwhile',
    test: { file: 'test/unit/limits.test.ts', named: 'are counted anew where the count is wrong' },
  },
  {
    file: 'functions/store/api-keys.ts',
    find: "below('count', MOST_API_KEYS)",
    replace: "below('count', 10 * MOST_API_KEYS)",
    why: 'API keys that are made at the same time do not pass their limit together',
    test: { file: 'test/unit/api-key.test.ts', named: 'has a hundred keys at most' },
  },
  {
    file: 'functions/store/api-keys.ts',
    find: "all(exists('pk'), stale));",
    replace: 'stale);',
    why: 'an API key that was revoked does not come back by being used',
    test: { file: 'test/unit/api-key.test.ts', named: 'is not moved back, and brings no revoked key back' },
  },
  {
    file: RECONCILE,
    find: '  await removeSchedules(registrar, { tenant, id: jobId, incarnation });\n',
    replace: '',
    why: 'schedules of a job that was deleted go, though who heard of it crashed',
    test: registered('removes what is of no job any more'),
  },
  {
    file: RECONCILE,
    find: '    await removeSchedules(registrar, job);\n    return',
    replace: '    return',
    why: 'a schedule does not go on firing that a refused one was to take the place of',
    test: registered('records and explains a schedule that is refused, until the cause is gone'),
  },
  {
    file: 'functions/registrar/schedules.ts',
    find: 'if (!(error instanceof ConflictException)) throw error;',
    replace: 'if (error) throw error;',
    why: 'a schedule that is there, though that was not recorded, is made as it is to be',
    test: registered('makes schedules as they are to be, though it crashed before it recorded them'),
  },
  {
    file: 'functions/store/registrations.ts',
    find: "all(equals('incarnation', registration.incarnation), atMost('version', registration.version))",
    replace: "equals('incarnation', registration.incarnation)",
    why: 'what a registrar that comes late has to say is not recorded over what is newer',
    test: registered('that comes late records nothing over what is newer'),
  },
  {
    file: JWKS,
    find: 'if (known && age < KEEP_MS) return known;',
    replace: 'if (known && age < 0) return known;',
    why: 'tokens are checked while their issuer is down',
    test: authenticated('that were had are good while the issuer is down'),
  },
  {
    file: JWKS,
    find: 'if (this.#keys && !known && age < UNKNOWN_KEY_PAUSE_MS) throw unknownKey(kid);',
    replace: '',
    why: 'whoever invents key ids does not make us ask the issuer for each',
    test: authenticated('are not asked for again for each key id that somebody invents'),
  },
  {
    file: SESSION,
    find: 'if (current && left(current, now()) > LAST_USE_MS) return current;',
    replace: '',
    why: 'requests go on while STS is down',
    test: session('that cannot be renewed is used for as long as it is good'),
  },
  {
    file: SESSION,
    find: '      opening = undefined;\n',
    replace: '',
    why: 'a session that could not be had once can be had later',
    test: session('that could not be made is asked for again by whoever comes next'),
  },
  {
    file: 'functions/store/cursor-secrets.ts',
    find: "{ ...cursorSecretKey(tenant), secret }, absent('pk'));",
    replace: '{ ...cursorSecretKey(tenant), secret });',
    why: 'cursors of a tenant that several instances make are good for all of them',
    test: first('cursors that two instances make of a tenant’s first lists are good for both'),
  },
  {
    file: 'functions/store/rotations.ts',
    find: "any(absent('pk'), atMost('until', now)));",
    replace: "any(absent('pk'), atMost('until', now + ROTATION_MS)));",
    why: 'a signing secret is changed by one at a time',
    test: first('of two who change a signing secret at the same time one does'),
  },
  {
    file: 'functions/platform/signing-secret.ts',
    find: 'if (!(error instanceof ParameterAlreadyExists)) throw error;',
    replace: 'throw error;',
    why: 'two who make a tenant’s first secret at the same time have the same one',
    test: {
      file: 'test/unit/signing-secret.test.ts',
      named: 'one is made when it is first asked for, also by two at once',
    },
  },
  {
    file: 'functions/api/definition/write-job.ts',
    find: '    requireMatch(job, ifMatch);\n    const changed',
    replace: '    const changed',
    why: 'a change that names an older version of the job is refused',
    test: conditional('fails if another change is written between the read and the write'),
  },
  {
    file: 'functions/store/jobs.ts',
    find: "onlyThisVersion ? all(sameJob, equals('version', job.version)) : sameJob",
    replace: 'onlyThisVersion ? sameJob : sameJob',
    why: 'a job that was changed after it was read is not deleted by a condition on the version',
    test: conditional('does not delete a job that was changed after it was read'),
  },
];
