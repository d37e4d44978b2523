import { AssumeRoleCommand, type STSClient } from '@aws-sdk/client-sts';
import { JobdeckError } from '../domain/errors.ts';
import type { TenantId } from '../domain/tenant.ts';
import { TENANT_TAG } from './tenant-tag.ts';

/** Duration of a session in seconds. AWS limits role chaining to one hour. */
const SESSION_SECONDS = 3_600;
/** Remaining time below which a session is renewed. The SDK's clients request new credentials below 5 minutes. */
const RENEW_BEFORE_MS = 10 * 60_000;
/** Minimum remaining time of a usable session. A request may take 29 s. */
const MIN_REMAINING_MS = 60_000;
/** Pause after a failed call to STS, while the current session is usable. */
const FAILURE_PAUSE_MS = 15_000;

/** Credentials in the form of the AWS SDK. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expiration: Date;
}

export interface TenantSessionOptions {
  readonly sts: Pick<STSClient, 'send'>;
  /** The role to assume. Its session tag limits it to one tenant. */
  readonly roleArn: string;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/**
 * Creates a provider of credentials that are limited to one tenant's data. Concurrent callers share a request to STS. A
 * session that cannot be renewed is used until it expires.
 *
 * @returns the provider; rejects with JobdeckError `session.unavailable`
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
      const message = "Access to the tenant's data is temporarily unavailable; try again";
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
      // Shown in CloudTrail; at least two characters.
      RoleSessionName: tenant.padEnd(2, '='),
      Tags: [{ Key: TENANT_TAG, Value: tenant }],
      DurationSeconds: SESSION_SECONDS,
    }),
  );
  if (!given?.AccessKeyId || !given.SecretAccessKey || !given.SessionToken || !given.Expiration) {
    throw new Error('STS returned no credentials');
  }
  return {
    accessKeyId: given.AccessKeyId,
    secretAccessKey: given.SecretAccessKey,
    sessionToken: given.SessionToken,
    expiration: given.Expiration,
  };
}
