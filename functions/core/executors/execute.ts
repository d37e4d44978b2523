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
 * Executes one attempt of a run. Rejects only if the platform fails (secrets unreadable, temporary folder not
 * creatable). A failing target, also one that refers to a missing secret, is an outcome.
 */
export async function execute(execution: Execution, options: ExecuteOptions): Promise<Outcome> {
  let resolved: ResolvedTarget;
  try {
    resolved = await resolveSecrets(execution.target, options.readSecret);
  } catch (error) {
    if (error instanceof UnusableSecretError) return notStarted(error.message);
    throw error;
  }
  const { redaction } = resolved;
  const outcome = await start({ ...execution, ...resolved }, options);
  if (!redaction) return outcome;
  return {
    ...outcome,
    message: outcome.message && redaction.text(outcome.message),
    meta: redaction.json(outcome.meta),
  };
}

async function start(execution: Execution, options: ExecuteOptions): Promise<Outcome> {
  const { target } = execution;
  switch (target.type) {
    case 'script':
      return options.scripts.run(target, execution);
    case 'http': {
      const { mayConnect } = options;
      return runHttp(target, execution, { mayConnect, signingSecrets: await options.signingSecrets() });
    }
  }
}
