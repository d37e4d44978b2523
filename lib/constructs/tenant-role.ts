import { Validations } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { Env } from '../../functions/core/platform/env-names.ts';
import { SESSION_TENANT, TENANT_TAG } from '../../functions/core/platform/tenant-tag.ts';
import type { PlatformFunction } from './function.ts';
import type { Conditions, Grantee } from './grantee.ts';
import { iam5FindingId } from './iam5-finding-id.ts';

/**
 * The permissions of a function on behalf of a tenant: a role that only this function assumes, for one tenant at a time
 * (a session tag), and that has access to that tenant's data only. IAM stops faulty queries and forged ids.
 */
export class TenantRole extends Construct implements Grantee {
  readonly tenant = SESSION_TENANT;
  readonly #fn: PlatformFunction;
  readonly #role: iam.Role;

  constructor(scope: Construct, id: string, fn: PlatformFunction) {
    super(scope, id);
    this.#fn = fn;
    this.#role = new iam.Role(this, 'Role', {
      description: `Access of ${fn.node.id} to the data of its session's tenant`,
      assumedBy: new iam.ArnPrincipal(fn.ownRole.roleArn).withConditions(ONE_TENANT).withSessionTags(),
    });
    fn.allow(['sts:AssumeRole', 'sts:TagSession'], [this.#role.roleArn]);
    fn.addEnvironment(Env.tenantRoleArn, this.#role.roleArn);
  }

  addEnvironment(name: string, value: string): void {
    this.#fn.addEnvironment(name, value);
  }

  allow(actions: readonly string[], resources: readonly string[], conditions?: Conditions): void {
    this.#role.addToPolicy(
      new iam.PolicyStatement({
        actions: [...actions],
        resources: [...resources],
        ...(conditions && { conditions }),
      }),
    );
  }

  allowMatching(actions: readonly string[], pattern: string, reason: string): void {
    this.allow(actions, [pattern]);
    Validations.of(this.#role).acknowledge({ id: iam5FindingId(this, pattern), reason });
  }
}

/**
 * The session must have exactly one tag, the tenant. The patterns exclude characters that tenant ids cannot contain: a
 * dot starts the platform's partition, and a slash continues a path.
 */
export const ONE_TENANT: Conditions = {
  StringLike: { [`aws:RequestTag/${TENANT_TAG}`]: '?*' },
  StringNotLike: { [`aws:RequestTag/${TENANT_TAG}`]: ['*.*', '*/*'] },
  'ForAllValues:StringEquals': { 'aws:TagKeys': [TENANT_TAG] },
};
