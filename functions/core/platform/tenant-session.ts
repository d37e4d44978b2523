import { AssumeRoleCommand, type STSClient } from '@aws-sdk/client-sts';
import { JobdeckError } from '../domain/errors.ts';
import type { TenantId } from '../domain/tenant.ts';
import { TENANT_TAG } from './tenant-tag.ts';

/** Seconds. A role that a function's role assumes lasts for no longer: AWS calls that role chaining. */
const SESSION_SECONDS = 3_600;
/** A session is renewed when it has less left. The SDK's clients ask for another when theirs has less than 5 minutes. */
const RENEW_BEFORE_MS = 10 * 60_000;
/** A session with less left is no good for a request that may take 29 s. */
const MIN_REMAINING_MS = 60_000;
/** After a failure STS is left alone for this long, while there is a session that is still good. */
const FAILURE_PAUSE_MS = 15_000;

/** Credentials as the SDK's clients take them. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expiration: Date;
}

export interface TenantSessionOptions {
  readonly sts: Pick<STSClient, 'send'>;
  /** The role that may be assumed for a tenant, and for no more than one at a time. */
  readonly roleArn: string;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/**
 * Credentials that reach one tenant's data and nobody else's. All that ask while a session is being made share it; one
 * that cannot be renewed is used for as long as it is good.
 *
 * @returns rejects with JobdeckError `session.unavailable`
 */
export function createTenantSession(options: TenantSessionOptions, tenant: TenantId): () => Promise<Credentials> {
  const { now } = options;
  let current: Credentials | undefined;
  let failedAt = Number.NEGATIVE_INFINITY;
  let pendingSession: Promise<Credentials> | undefined;

  const renew = async (): Promise<Credentials> => {
    try {
      current = await openSession(options, tenant);
      return current;
    } catch (cause) {
      failedAt = now();
      // guard: tenant-session.sts-down
      if (current && remainingMs(current, now()) > MIN_REMAINING_MS) return current;
      const message = "Access to the tenant's data cannot be had now; try it again";
      throw new JobdeckError('unavailable', 'session.unavailable', message, { cause });
    } finally {
      // guard: tenant-session.failed-open
      pendingSession = undefined;
    }
  };
  return async () => {
    const time = now();
    const isPausing = time >= failedAt && time - failedAt < FAILURE_PAUSE_MS;
    if (current && remainingMs(current, time) > (isPausing ? MIN_REMAINING_MS : RENEW_BEFORE_MS)) return current;
    pendingSession ??= renew();
    return pendingSession;
  };
}

const remainingMs = ({ expiration }: Credentials, now: number): number => expiration.getTime() - now;

async function openSession({ sts, roleArn }: TenantSessionOptions, tenant: TenantId): Promise<Credentials> {
  const { Credentials: given } = await sts.send(
    new AssumeRoleCommand({
      RoleArn: roleArn,
      // What shows in CloudTrail; it has two characters at least.
      RoleSessionName: tenant.padEnd(2, '='),
      Tags: [{ Key: TENANT_TAG, Value: tenant }],
      DurationSeconds: SESSION_SECONDS,
    }),
  );
  if (!given?.AccessKeyId || !given.SecretAccessKey || !given.SessionToken || !given.Expiration) {
    throw new Error('STS gave no credentials');
  }
  return {
    accessKeyId: given.AccessKeyId,
    secretAccessKey: given.SecretAccessKey,
    sessionToken: given.SessionToken,
    expiration: given.Expiration,
  };
}
