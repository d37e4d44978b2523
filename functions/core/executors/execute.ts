import type { Execution, Outcome } from './execution.ts';
import type { AddressRule } from './http/public-address.ts';
import { runHttp } from './http/run-http.ts';
import { notStarted } from './not-started.ts';
import { type ResolvedTarget, resolveSecrets, UnusableSecretError } from './resolve-secrets.ts';
import type { ScriptRunner } from './script/script-runner.ts';

export interface ExecuteOptions {
  readonly scripts: ScriptRunner;
  /** Where `http` jobs may connect to: `addressRule()`. */
  readonly mayConnect: AddressRule;
  /** The tenant's `whsec_` secrets that are good now, asked for when a request is to be signed. */
  readonly signingSecrets: () => Promise<readonly string[]>;
  /** The value of one of the tenant's secrets; undefined when there is none. */
  readonly readSecret: (name: string) => Promise<string | undefined>;
}

/**
 * Executes one attempt of a run and says how it ended. It rejects only when the platform fails (no secret to be had, no
 * temporary folder to be made), never because of the target: a secret that does not exist is the target's failure.
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
