import type { StageConfig } from '../config.ts';
import { Env } from '../env.ts';
import type { PlatformFunction } from './function.ts';

/** What a function may do with parameters, in IAM's words. */
export type ParameterAction = 'GetParameter' | 'GetParametersByPath' | 'PutParameter' | 'DeleteParameter';

/**
 * The tenants' secrets: SSM parameters that the platform makes at run time, `/jobdeck/<stage>/<tenant>/…`, as
 * SecureStrings under the account's own `aws/ssm` key (a secret in Secrets Manager costs $0.40 a month each).
 */
export class TenantParameters {
  readonly path: string;

  constructor(config: StageConfig) {
    this.path = `/jobdeck/${config.name}`;
  }

  /** Tells `fn` the path and lets it do `actions` on parameters under it. */
  grant(fn: PlatformFunction, ...actions: ParameterAction[]): void {
    fn.addEnvironment(Env.parameterPath, this.path);
    fn.allowUnder(
      actions.map((action) => `ssm:${action}`),
      'ssm',
      `parameter${this.path}`,
      "Tenants' parameters are made at run time, under the tenant's id.",
    );
  }
}
