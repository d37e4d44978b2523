import type { ExecutableTarget } from '../domain/job.ts';
import { parseScriptName } from '../domain/script-name.ts';
import { isAwsVariable } from '../domain/script-role.ts';
import { SecretDamagedError } from '../domain/secret.ts';
import type { DeclaredTargets } from '../domain/targets/declared-target.ts';
import type { Execution, Outcome } from './execution.ts';
import type { AddressRule } from './http/public-address.ts';
import { runHttp } from './http/run-http.ts';
import { notStarted } from './not-started.ts';
import { Redaction } from './output/redaction.ts';
import { type ResolvedTarget, resolveSecrets, UnusableSecretError } from './resolve-secrets.ts';
import { GRACE_MS, type ScriptRunner } from './script/script-runner.ts';

export interface ExecuteOptions {
  readonly scripts: ScriptRunner;
  /** Decides whether an `http` job may connect to an IP address (`createAddressRule`). */
  readonly mayConnect: AddressRule;
  /** The targets that jobs may name. */
  readonly targets: DeclaredTargets;
  /** Reads the tenant's valid `whsec_` secrets. Called only if a request is to be signed. */
  readonly signingSecrets: () => Promise<readonly string[]>;
  /** @returns the value of one of the tenant's secrets, or `undefined` if the secret does not exist */
  readonly readSecret: (name: string) => Promise<string | undefined>;
  /**
   * Issues credentials of a script's role for this attempt alone, as environment variables. Called for scripts only.
   *
   * @param script name of the script
   *
   * @param durationMs milliseconds for which the credentials must be valid
   *
   * @returns `undefined` if the script has no role
   */
  readonly issueCredentials: (
    script: string,
    durationMs: number,
  ) => Promise<Readonly<Record<string, string>> | undefined>;
}

/**
 * Executes one attempt of a run. Rejects only if the platform fails: with SecretUnavailableError or
 * ScriptRoleUnavailableError before anything is executed, with TargetUnavailableError if the service of a declared target
 * cannot take the call now, or because no temporary folder can be created. A failing target, also one that refers to a
 * missing secret, is an outcome.
 */
export async function execute(execution: Execution, options: ExecuteOptions): Promise<Outcome> {
  let resolved: ResolvedTarget;
  let signingSecrets: readonly string[];
  let credentials: Readonly<Record<string, string>> | undefined;
  try {
    resolved = await resolveSecrets(execution.target, options.readSecret);
    credentials = await issueCredentials(execution, options);
    signingSecrets = execution.target.type === 'http' ? await options.signingSecrets() : [];
  } catch (error) {
    if (error instanceof UnusableSecretError || error instanceof SecretDamagedError) return notStarted(error.message);
    throw error;
  }
  const { target, secrets } = resolved;
  const ownVariable = credentials && target.type === 'script' && Object.keys(target.env).find(isAwsVariable);
  // A job may be older than the role of its script.
  // guard: script-role.reserved
  if (ownVariable) return notStarted(`env.${ownVariable} is reserved, because the script has a role`);
  const redaction = createRedaction(secrets, credentials);
  const attempt = { ...execution, target: withVariables(target, credentials), redaction };
  const outcome = await start(attempt, options, signingSecrets);
  if (!redaction) return outcome;
  return {
    ...outcome,
    message: outcome.message && redaction.text(outcome.message),
    meta: redaction.json(outcome.meta),
  };
}

async function issueCredentials({ target, timeoutMs }: Execution, options: ExecuteOptions) {
  if (target.type !== 'script') return undefined;
  const script = parseScriptName(target.script);
  return script === undefined ? undefined : options.issueCredentials(script, timeoutMs + GRACE_MS);
}

function withVariables(target: ExecutableTarget, variables: Readonly<Record<string, string>> = {}): ExecutableTarget {
  return target.type === 'script' ? { ...target, env: { ...target.env, ...variables } } : target;
}

/** Redacts secrets and credentials. A space keeps the names of credentials apart from those of secrets. */
function createRedaction(
  secrets: ReadonlyMap<string, string>,
  credentials: Readonly<Record<string, string>> = {},
): Redaction | undefined {
  const keys = Object.entries(credentials).filter(([name]) => CREDENTIALS.includes(name));
  const hidden = new Map([...secrets, ...keys.map(([name, value]) => [`${name} of the role`, value] as const)]);
  return hidden.size > 0 ? new Redaction(hidden) : undefined;
}

const CREDENTIALS = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN'];

async function start(
  execution: Execution,
  { scripts, mayConnect, targets }: ExecuteOptions,
  signingSecrets: readonly string[],
): Promise<Outcome> {
  const { target } = execution;
  switch (target.type) {
    case 'script':
      return scripts.run(target, execution);
    case 'http':
      return runHttp(target, execution, { mayConnect, signingSecrets });
    case 'lambda':
    case 'event':
    case 'queue': {
      // Few runs need the code.
      const { runTarget } = await import('./targets/run-target.ts');
      return runTarget(target, execution, targets);
    }
  }
}
