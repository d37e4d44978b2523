import { ArnFormat, Stack } from 'aws-cdk-lib';
import { Env } from '../../functions/core/platform/env-names.ts';
import type { StageConfig } from '../config.ts';
import { type Grantee, tenantPattern } from './grantee.ts';

/** An SSM action that can be granted on parameters. */
export type ParameterAction = 'GetParameter' | 'GetParametersByPath' | 'PutParameter' | 'DeleteParameter';

/**
 * The tenants' secrets: SSM parameters `/jobdeck/<stage>/<tenant>/…` that are created at run time as SecureStrings
 * under the `aws/ssm` key. A Secrets Manager secret would cost $0.40 a month each.
 */
export class TenantParameters {
  readonly path: string;

  constructor(config: StageConfig) {
    this.path = `/jobdeck/${config.name}`;
  }

  /** Sets the parameter path in the grantee's environment and grants `actions` below it. */
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
