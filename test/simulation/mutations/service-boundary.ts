import type { Mutation } from './mutation.ts';

const inAuthentication = (named: string) => ({ file: 'test/unit/functions/api/http/authenticate.test.ts', named });
const inTombstone = (named: string) => ({ file: 'test/unit/functions/core/store/tombstones.test.ts', named });
const inIfMatch = (named: string) => ({ file: 'test/unit/functions/api/http/if-match.test.ts', named });
const inPlatform = (file: string) => (named: string) => ({
  file: `test/unit/functions/core/platform/${file}.test.ts`,
  named,
});
const inEnvelope = inPlatform('envelope');
const inSecrets = inPlatform('secrets');
const inSigningSecrets = inPlatform('signing-secrets');
const inHooks = (named: string) => ({ file: 'test/unit/functions/core/store/hooks.test.ts', named });
const inHookSignature = (named: string) => ({
  file: 'test/unit/functions/core/domain/hook-signature.test.ts',
  named,
});
const inState = (named: string) => ({ file: 'test/unit/functions/core/store/script-state.test.ts', named });
const inDeferredRuns = (named: string) => ({ file: 'test/simulation/deferred-runs.test.ts', named });
const inTenantSession = (named: string) => ({
  file: 'test/unit/functions/core/platform/tenant-session.test.ts',
  named,
});
const inTargets = (named: string) => ({
  file: 'test/unit/functions/core/executors/targets/run-target.test.ts',
  named,
});
const inMcpServer = (named: string) => ({ file: 'test/unit/lib/mcp/server.test.ts', named });

/** Guards at the boundary to AWS services, clients and other instances of a function. */
export const SERVICE_BOUNDARY_MUTATIONS: readonly Mutation[] = [
  {
    guard: 'message.malformed',
    as: "throw new Error('disabled');",
    why: 'deletes a malformed message',
  },
  {
    guard: 'message.failed.retry',
    why: 'redelivers a message that could not be processed',
    test: {
      file: 'test/unit/functions/core/platform/sqs-batch.test.ts',
      named: 'reports only the failed messages of a batch for redelivery',
    },
  },
  {
    guard: 'message.side-by-side',
    as: '1',
    why: 'handles the messages of a batch side by side: a run does not wait for the end of another',
    test: {
      file: 'test/unit/functions/core/platform/sqs-batch.test.ts',
      named: 'handles as many messages side by side as asked, and each failure apart',
    },
  },
  {
    guard: 'message.tenant-deleted',
    as: 'false',
    why: 'deletes messages of a deleted tenant',
    test: inTombstone('drops the tenant’s messages, which would otherwise be redelivered for ever'),
  },
  {
    guard: 'run.start.tenant-deleted',
    why: 'starts no run of a tenant that is being deleted',
    test: inTombstone('starts no run, no tick and no request'),
  },
  {
    guard: 'run.claim.tenant-deleted',
    why: 'claims no run of a tenant that is being deleted',
    test: inTombstone('starts no run, no tick and no request'),
  },
  {
    guard: 'batch-read.unprocessed',
    as: '{}',
    why: 'reads the unprocessed keys of a batch',
  },
  {
    guard: 'batch-write.unprocessed',
    as: '[]',
    why: 'writes the unprocessed items of a batch',
  },
  {
    guard: 'write.conflict.retry',
    as: 'true',
    why: 'repeats a write of one item after a conflict with a transaction',
    test: {
      file: 'test/unit/functions/core/store/db.transact.test.ts',
      named: 'is repeated after a conflict with a transaction',
    },
  },
  {
    guard: 'transaction.conflict.retry',
    as: 'true',
    why: 'retries a transaction after a conflict',
    test: {
      file: 'test/unit/functions/core/store/db.transact.test.ts',
      named: 'retries after a conflict',
    },
  },
  {
    guard: 'dead-letter.run.fail',
    as: 'undefined',
    why: 'fails a run whose message crashes its workers',
  },
  {
    guard: 'job.limit',
    why: 'enforces the job limit for concurrent definitions',
    test: {
      file: 'test/unit/functions/api/administration/limits.test.ts',
      named: 'holds under concurrent creation',
    },
  },
  {
    guard: 'job.version',
    why: 'rejects a change of an outdated job version',
    test: {
      file: 'test/simulation/job-versions.test.ts',
      named: 'stores the former definition together with the change that replaces it',
    },
  },
  {
    guard: 'request-rate.capacity',
    as: 'Number.MAX_SAFE_INTEGER',
    why: 'enforces the request rate across instances',
    test: {
      file: 'test/unit/functions/core/store/request-rates.test.ts',
      named: 'never draws more tokens than the bucket holds, in spite of concurrent draws',
    },
  },
  {
    guard: 'edge.secret',
    why: 'refuses requests that did not pass the firewall',
    test: { file: 'test/unit/functions/api/http/edge.test.ts', named: 'refuses a request with' },
  },
  {
    guard: 'operator-rate.unavailable',
    as: 'throw error;',
    why: 'sends requests of flows while the bucket of an operator is unavailable',
    test: {
      file: 'test/unit/functions/core/platform/operator-limiter.test.ts',
      named: 'lets a request pass and logs the error if the bucket cannot be written',
    },
  },
  {
    guard: 'host-rate.unavailable',
    as: 'throw error;',
    why: 'sends requests of flows while the bucket of a host is unavailable',
    test: {
      file: 'test/unit/functions/core/platform/host-limiter.test.ts',
      named: 'lets a request pass and logs the error if the bucket cannot be written',
    },
  },
  {
    guard: 'request-rate.unavailable',
    as: "throw new Error('disabled');",
    why: "serves requests while the rate limiter's bucket is unavailable",
    test: {
      file: 'test/unit/functions/api/administration/limits.test.ts',
      named: 'passes requests and logs a warning when the bucket cannot be read',
    },
  },
  {
    guard: 'cache.clock-set-back',
    why: 'expires cached values on time after the clock is set back',
    test: {
      file: 'test/unit/functions/core/platform/ttl-cache.test.ts',
      named: 'drops values when the clock is set back',
    },
  },
  {
    guard: 'job-count.recount',
    why: 'recounts jobs only if the count is unchanged',
    test: {
      file: 'test/unit/functions/api/administration/limits.test.ts',
      named: 'corrects a wrong count unless a job changes meanwhile',
    },
  },
  {
    guard: 'envelope.tenant',
    as: "'all'",
    why: 'binds a data key to its tenant',
    test: inEnvelope('uses a data key for one tenant and purpose, for five minutes and a hundred values'),
  },
  {
    guard: 'envelope.use',
    as: "'secret'",
    why: 'binds a data key to its purpose, which IAM conditions refer to',
    test: inEnvelope('uses a data key for one tenant and purpose, for five minutes and a hundred values'),
  },
  {
    guard: 'envelope.name',
    as: "''",
    why: 'binds a ciphertext to the name of its secret',
    test: inEnvelope('of another name'),
  },
  {
    guard: 'secret.limit',
    as: '10_000',
    why: 'enforces the limit of secrets for concurrent requests',
    test: inSecrets('rejects the hundred and first, also of concurrent requests'),
  },
  {
    guard: 'state.limit',
    as: "exists('count')",
    why: 'enforces the limit of values in the state',
    test: inState('refuses a new value of a tenant with the maximum number'),
  },
  {
    guard: 'state.if-match',
    why: 'replaces no value that was changed after it was read',
    test: inState('replaces a value only at one of the named versions'),
  },
  {
    guard: 'state.private',
    as: 'true',
    why: 'shows no value of scripts alone over HTTP',
    test: { file: 'test/unit/functions/api/runner/state.test.ts', named: 'shows no value of scripts alone' },
  },
  {
    guard: 'secret.unavailable',
    as: 'throw cause;',
    why: 'tells a secret that cannot be read now from one that does not exist',
    test: inSecrets('reads new values of a known data key while KMS is down, and reports others as unavailable'),
  },
  {
    guard: 'signing-secret.unchanged',
    as: "exists('pk')",
    why: 'does not replace a signing secret that was rotated meanwhile',
    test: inSigningSecrets('survive a rotation that began before another one'),
  },
  {
    guard: 'run.defer.running',
    why: 'cancels a run on request although its secrets cannot be read',
    test: inDeferredRuns('ends as canceled if a request arrives while it is claimed'),
  },
  {
    guard: 'run.defer.lease',
    why: 'does not defer a run that another worker has claimed',
    test: inDeferredRuns('ignores a worker that has lost its lease'),
  },
  {
    guard: 'run.defer.age',
    why: 'ends a run whose secrets stay unreadable',
    test: inDeferredRuns('fails with the reason after a day'),
  },
  {
    guard: 'run.defer.refused',
    as: 'MAX_AGE_MS',
    why: 'ends a run soon if STS refuses the role of its script',
    test: inDeferredRuns('fails with the reason after ten minutes'),
  },
  {
    guard: 'secret.reencrypt.unchanged',
    why: 'keeps a secret that changes while it is encrypted anew',
    test: {
      file: 'test/unit/lib/admin/reencrypt-secrets.test.ts',
      named: 'keeps a secret that changes meanwhile',
    },
  },
  {
    guard: 'export.secret',
    as: 'row',
    why: 'exports no encrypted values of secrets',
    test: { file: 'test/e2e/tenants.test.ts', named: 'exports everything except for secrets' },
  },
  {
    guard: 'slice.secret-unavailable',
    why: 'does not count a slice as failed if the secrets of its flow cannot be read now',
    test: inDeferredRuns('continues its slices later without a failure'),
  },
  {
    guard: 'notification.secret-unavailable',
    why: 'retries a notification whose secret cannot be read now',
    test: {
      file: 'test/unit/functions/core/engine/notifications/delivery/send.test.ts',
      named: 'retries if a secret cannot be read now',
    },
  },
  {
    guard: 'api-key.mac',
    as: 'true',
    why: 'opens no session for a key that the stage has not issued',
    test: {
      file: 'test/unit/functions/api/http/api-key-verifier.test.ts',
      named: 'opens no session and calls nothing for keys of invented tenants',
    },
  },
  {
    guard: 'mac-key.once',
    why: 'keeps the MAC key of a generation',
    test: { file: 'test/unit/functions/core/platform/mac-key.test.ts', named: 'does not replace a key' },
  },
  {
    guard: 'api-key.generation',
    as: 'if (!received) return undefined;',
    why: 'rejects keys of generations before the previous one',
    test: {
      file: 'test/unit/functions/core/platform/api-key-issuer.test.ts',
      named: 'accepts keys of the previous generation after a rotation, and no older ones',
    },
  },
  {
    guard: 'api-key.kms-down',
    why: 'limits requests to KMS while it is unavailable',
    test: {
      file: 'test/unit/functions/core/platform/api-key-issuer.test.ts',
      named: 'asks for the MAC key once a second at most while it is unavailable',
    },
  },
  {
    guard: 'api-key.limit',
    as: '10_000',
    why: 'enforces the API key limit for concurrent requests',
    test: {
      file: 'test/unit/functions/api/http/api-key-verifier.test.ts',
      named: 'never exceed one hundred, even under concurrent creation',
    },
  },
  {
    guard: 'hook.limit',
    as: '10_000',
    why: 'enforces the limit of hooks for concurrent requests',
    test: inHooks('holds one hundred hooks of a tenant at most, even under concurrent creation'),
  },
  {
    guard: 'hook.unchanged',
    why: 'keeps one of two concurrent changes of a hook from undoing the other',
    test: inHooks('replaces a hook only as it was read'),
  },
  {
    guard: 'hook.name',
    as: 'undefined',
    why: 'gives a name to one hook of a tenant only',
    test: inHooks('belong to one hook of a tenant, even under concurrent creation'),
  },
  {
    guard: 'hook.named-once',
    as: 'undefined',
    why: 'keeps one of two concurrent changes from leaving a second name to a hook',
    test: inHooks('reach a hook that was created without one once'),
  },
  {
    guard: 'hook.remove.unchanged',
    as: 'undefined',
    why: 'frees a name that a hook gets while it is deleted',
    test: inHooks('become free with the deletion of their hooks, also of one that is named meanwhile'),
  },
  {
    guard: 'hook.disabled',
    as: 'false',
    why: 'starts no run by a disabled hook',
    test: inHooks('accepts no token of a disabled hook'),
  },
  {
    guard: 'hook.former-token',
    as: 'true',
    why: 'ends a replaced token of a hook',
    test: inHooks('accepts the token of the hook, and the former one until its end'),
  },
  {
    guard: 'hook.token',
    as: 'false',
    why: 'accepts only the tokens of a hook that are valid now',
    test: {
      file: 'test/simulation/hooks.test.ts',
      named: 'starts no run for another token of the hook',
    },
  },
  {
    guard: 'hook.tolerance',
    why: 'rejects repeated requests whose signature is old',
    test: inHookSignature('of more than 5 minutes ago'),
  },
  {
    guard: 'hook.signature',
    as: 'false',
    why: 'rejects requests that the sender did not sign',
    test: inHookSignature('rejects every changed byte of a body by'),
  },
  {
    guard: 'api-key.revoked',
    why: 'does not restore a revoked API key by its use',
    test: {
      file: 'test/unit/functions/api/http/api-key-verifier.test.ts',
      named: 'never moves back in time and does not restore a revoked key',
    },
  },
  {
    guard: 'jwks.issuer-down',
    as: 'false',
    why: 'verifies tokens while the issuer is down',
    test: inAuthentication('stay valid while the issuer is down'),
  },
  {
    guard: 'jwks.unknown-key',
    why: 'limits requests to the issuer for unknown key ids',
    test: inAuthentication('load once for any number of unknown key ids'),
  },
  {
    guard: 'script-role.own',
    why: 'issues credentials to scripts that have a role only',
    test: {
      file: 'test/unit/functions/core/platform/script-credentials.test.ts',
      named: 'issues no credentials to a script without a role',
    },
  },
  {
    guard: 'script-role.reserved',
    why: 'keeps variables of a job from directing the credentials of a script elsewhere',
    test: {
      file: 'test/unit/functions/core/executors/execute.test.ts',
      named: 'does not run if its job sets a variable of AWS',
    },
  },
  {
    guard: 'definition.aws-variables',
    why: 'rejects variables of AWS in a job whose script has a role',
    test: {
      file: 'test/unit/functions/api/definition/job-request.test.ts',
      named: 'rejects the variable',
    },
  },
  {
    guard: 'tenant-session.sts-down',
    why: 'serves requests with a valid session while STS is down',
    test: inTenantSession('uses a session that cannot be renewed until it expires, and pauses calls to STS'),
  },
  {
    guard: 'tenant-session.failed-open',
    why: 'retries a session whose creation failed',
    test: inTenantSession('retries a failed request to STS for the next caller'),
  },
  {
    guard: 'cursor-secret.first',
    why: 'shares one cursor secret among instances',
    test: {
      file: 'test/unit/functions/api/http/cursor.test.ts',
      named: 'creates cursors that are valid for both of two concurrent instances',
    },
  },
  {
    guard: 'signing-secret.rotation',
    why: 'rejects a concurrent rotation of a signing secret',
    test: {
      file: 'test/unit/functions/core/store/rotations.test.ts',
      named: 'lets one of two concurrent rotations proceed, and another one later',
    },
  },
  {
    guard: 'signing-secret.first',
    as: "any(absent('pk'), exists('pk'))",
    why: 'creates one first signing secret for concurrent requests',
    test: {
      file: 'test/unit/functions/core/platform/signing-secrets.test.ts',
      named: 'create a secret on first use, and only one for two concurrent callers',
    },
  },
  {
    guard: 'job.if-match',
    why: 'rejects a change with an outdated If-Match',
    test: inIfMatch('fails if another change is written between the read and the write'),
  },
  {
    guard: 'job.if-none-match',
    why: 'keeps an existing job if a request may only create it',
    test: {
      file: 'test/unit/functions/api/definition/put-job.test.ts',
      named: 'creates the job once for concurrent requests that may only create it',
    },
  },
  {
    guard: 'job.delete.version',
    why: 'rejects a deletion with an outdated If-Match',
    test: inIfMatch('keeps a job that was changed after it was read'),
  },
  {
    guard: 'hold.unpaid',
    as: 'true',
    why: 'keeps the requests that one tenant holds open within its request rate',
    test: {
      file: 'test/unit/functions/api/http/hold-payment.test.ts',
      named: 'holds no more requests open than the request rate',
    },
  },
  {
    guard: 'mcp.read-only',
    as: 'true',
    why: 'offers an agent no tool that changes something, unless writes are allowed',
    test: inMcpServer('offers no tool that changes something, unless writes are allowed'),
  },
  {
    guard: 'targets.tenant',
    why: 'calls a target that is declared for some tenants for these only',
    test: inTargets('fails for good with the same message if it'),
  },
  {
    guard: 'targets.list.tenant',
    as: 'true',
    why: 'lists no target that is declared for other tenants',
    test: {
      file: 'test/unit/functions/core/domain/targets/declared-target.test.ts',
      named: 'omits targets of other tenants',
    },
  },
  {
    guard: 'targets.group',
    as: 'group',
    why: 'lets no tenant join the message groups of another one',
    test: inTargets('shares no group with runs of another tenant'),
  },
  {
    guard: 'mcp.token.redacted',
    as: 'response.body',
    why: 'masks the tokens of the process in answers to an agent, also where an answer is cut',
    test: inMcpServer('masks its token where an answer is cut'),
  },
  {
    guard: 'mcp.error.redacted',
    as: 'toErrorText(error)',
    why: 'masks the tokens of the process in errors for an agent',
    test: inMcpServer('masks its token in errors'),
  },
  {
    guard: 'mcp.error.bounded',
    as: 'true',
    why: 'bounds the errors for an agent, as its answers',
    test: inMcpServer('bounds an error and keeps its end'),
  },
  {
    guard: 'mcp.acknowledge.selection',
    why: 'acknowledges all failures for an agent only if it asks for all',
    test: inMcpServer('does not acknowledge all failures by an empty selection'),
  },
];
