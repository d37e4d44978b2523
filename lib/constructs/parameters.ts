import type { StageConfig } from '../config.ts';
import { Env } from '../env.ts';
import type { PlatformFunction } from './function.ts';

/**
 * The tenants' secrets: SSM parameters that the platform makes at run time, `/jobdeck/<stage>/<tenant>/…`, as
 * SecureStrings under the account's own `aws/ssm` key (a secret in Secrets Manager costs $0.40 a month each).
 */
export class TenantParameters {
  readonly path: string;

  constructor(config: StageConfig) {
    this.path = `/jobdeck/${config.name}`;
  }

  /** Tells `fn` the path and lets it read and write parameters under it. */
  grantReadWrite(fn: PlatformFunction): void {
    fn.addEnvironment(Env.parameterPath, this.path);
    fn.allowUnder(
      ['ssm:GetParameter', 'ssm:PutParameter'],
      'ssm',
      `parameter${this.path}`,
      "Tenants' parameters are made at run time, under the tenant's id.",
    );
  }
}
