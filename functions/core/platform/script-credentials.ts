import type { STSClient } from '@aws-sdk/client-sts';
import { ScriptRoleUnavailableError, scriptRoleArn } from '../domain/script-role.ts';
import type { TenantId } from '../domain/tenant.ts';
import { Env } from './env-names.ts';
import { scriptsWithRole } from './script-roles.ts';
import { TENANT_TAG } from './tenant-tag.ts';

/** Range of a session's duration in seconds: the minimum of AWS, and its maximum for a role that assumes another. */
const MIN_SESSION_SECONDS = 900;
const MAX_SESSION_SECONDS = 3_600;
/** Maximum length of a session's name. */
const MAX_SESSION_NAME = 64;

/** The attempt for which credentials are issued. */
export interface ScriptSession {
  readonly script: string;
  readonly tenant: TenantId;
  /** Shown in CloudTrail as the name of the session. */
  readonly runId: string;
  /** Milliseconds for which the credentials must be valid. */
  readonly durationMs: number;
}

/**
 * Returns the environment variables with credentials of a script's role, for one attempt alone; `undefined` if the script
 * has no role. Rejects with ScriptRoleUnavailableError.
 */
export type IssueCredentials = (session: ScriptSession) => Promise<Readonly<Record<string, string>> | undefined>;

/**
 * Creates the issuer of credentials; call it once per execution environment. The client of STS is loaded at the first
 * use. Credentials are not cached: those of a run belong to this run only.
 *
 * @param sts @default a client with the credentials, region and endpoint of the environment
 */
export function createScriptCredentials(sts?: Pick<STSClient, 'send'>): IssueCredentials {
  const scripts = new Set(scriptsWithRole());
  const pattern = process.env[Env.scriptRoleArns] ?? '';
  let client = sts;
  return async (session) => {
    // guard: script-role.own
    if (!scripts.has(session.script)) return undefined;
    try {
      const { AssumeRoleCommand, STSClient: Client } = await import('./sts-client.ts');
      client ??= new Client({});
      const { Credentials: given } = await client.send(
        new AssumeRoleCommand({
          RoleArn: scriptRoleArn(pattern, session.script),
          RoleSessionName: sessionName(session.runId),
          Tags: [{ Key: TENANT_TAG, Value: session.tenant }],
          DurationSeconds: sessionSeconds(session.durationMs),
        }),
      );
      if (!given?.AccessKeyId || !given.SecretAccessKey || !given.SessionToken) {
        throw new Error('STS returned no credentials');
      }
      return {
        AWS_ACCESS_KEY_ID: given.AccessKeyId,
        AWS_SECRET_ACCESS_KEY: given.SecretAccessKey,
        AWS_SESSION_TOKEN: given.SessionToken,
        AWS_REGION: process.env.AWS_REGION ?? '',
      };
    } catch (cause) {
      throw new ScriptRoleUnavailableError(session.script, cause, findRefusal(cause));
    }
  };
}

/**
 * Codes with which STS refuses a role: it does not exist, does not trust the caller, or permits no session of this
 * duration. Other errors of the client, such as throttling or an expired token, pass.
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
 */
const REFUSALS: ReadonlySet<string> = new Set(['AccessDenied', 'ValidationError']);

/** Returns the code of an error with which STS refuses a role; `undefined` for another error. */
function findRefusal(error: unknown): string | undefined {
  const { name, $fault } = Object(error) as { readonly name?: string; readonly $fault?: string };
  return $fault === 'client' && name !== undefined && REFUSALS.has(name) ? name : undefined;
}

/** Returns the end of a long run id, which distinguishes it, in the characters that a session's name may have. */
const sessionName = (runId: string): string =>
  runId
    .slice(-MAX_SESSION_NAME)
    .replace(/[^\w+=,.@-]/g, '-')
    .padEnd(2, '=');

const sessionSeconds = (durationMs: number): number =>
  Math.min(MAX_SESSION_SECONDS, Math.max(MIN_SESSION_SECONDS, Math.ceil(durationMs / 1_000)));
