import { ArnFormat, Stack } from 'aws-cdk-lib';
import { Env } from '../../functions/core/platform/env-names.ts';
import type { StageConfig } from '../config.ts';
import { type Grantee, tenantPattern } from './grantee.ts';

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

  /** Tells the grantee the path and lets it do `actions` on parameters under it. */
  grant(to: Grantee, ...actions: ParameterAction[]): void {
    to.addEnvironment(Env.parameterPath, this.path);
    const resource = `parameter${this.path}/${tenantPattern(to)}`;
    to.allowMatching(
      actions.map((action) => `ssm:${action}`),
      Stack.of(to).formatArn({ service: 'ssm', resource, arnFormat: ArnFormat.NO_RESOURCE_NAME }),
      "Tenants' parameters are made at run time, under the tenant's id.",
    );
  }
}
