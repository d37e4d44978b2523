import { SecretDamagedError } from '../domain/secret.ts';
import type { Execution, Outcome } from './execution.ts';
import type { AddressRule } from './http/public-address.ts';
import { runHttp } from './http/run-http.ts';
import { notStarted } from './not-started.ts';
import { type ResolvedTarget, resolveSecrets, UnusableSecretError } from './resolve-secrets.ts';
import type { ScriptRunner } from './script/script-runner.ts';

export interface ExecuteOptions {
  readonly scripts: ScriptRunner;
  /** Decides whether an `http` job may connect to an IP address (`createAddressRule`). */
  readonly mayConnect: AddressRule;
  /** Reads the tenant's valid `whsec_` secrets. Called only if a request is to be signed. */
  readonly signingSecrets: () => Promise<readonly string[]>;
  /** @returns the value of one of the tenant's secrets, or `undefined` if the secret does not exist */
  readonly readSecret: (name: string) => Promise<string | undefined>;
}

/**
 * Executes one attempt of a run. Rejects only if the platform fails: with SecretUnavailableError before anything is
 * executed, or because no temporary folder can be created. A failing target, also one that refers to a missing secret,
 * is an outcome.
 */
export async function execute(execution: Execution, options: ExecuteOptions): Promise<Outcome> {
  let resolved: ResolvedTarget;
  let signingSecrets: readonly string[];
  try {
    resolved = await resolveSecrets(execution.target, options.readSecret);
    signingSecrets = execution.target.type === 'http' ? await options.signingSecrets() : [];
  } catch (error) {
    if (error instanceof UnusableSecretError || error instanceof SecretDamagedError) return notStarted(error.message);
    throw error;
  }
  const { redaction } = resolved;
  const outcome = await start({ ...execution, ...resolved }, options, signingSecrets);
  if (!redaction) return outcome;
  return {
    ...outcome,
    message: outcome.message && redaction.text(outcome.message),
    meta: redaction.json(outcome.meta),
  };
}

async function start(
  execution: Execution,
  { scripts, mayConnect }: ExecuteOptions,
  signingSecrets: readonly string[],
): Promise<Outcome> {
  const { target } = execution;
  switch (target.type) {
    case 'script':
      return scripts.run(target, execution);
    case 'http':
      return runHttp(target, execution, { mayConnect, signingSecrets });
  }
}
