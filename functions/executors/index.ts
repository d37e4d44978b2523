import type { Execution, Outcome } from './executor.ts';
import { runHttp } from './http.ts';
import type { AddressRule } from './public-address.ts';
import type { ScriptRunner } from './script/runner.ts';

export interface ExecuteOptions {
  readonly scripts: ScriptRunner;
  /** Where `http` jobs may connect to: `addressRule()`. */
  readonly mayConnect: AddressRule;
  /** The tenant's `whsec_` secret, asked for when a request is to be signed; null: it has none. */
  readonly signingSecret: () => Promise<string | null>;
}

/**
 * Executes one attempt of a run and says how it ended. It rejects only when the platform fails (no signing secret to
 * be had, no temporary folder to be made), never because of the target.
 */
export async function execute(execution: Execution, options: ExecuteOptions): Promise<Outcome> {
  const { target } = execution;
  switch (target.type) {
    case 'script':
      return options.scripts.run(target, execution);
    case 'http': {
      const { mayConnect } = options;
      return runHttp(target, execution, { mayConnect, signingSecret: await options.signingSecret() });
    }
  }
}
