import { runSimulation } from '@cloud-copilot/iam-simulate';
import { Env } from '../../../functions/core/platform/env-names.ts';
import { ACCOUNT } from './intrinsics.ts';
import { environment, type Resource, type Synthesized } from './synth.ts';

export interface Statement {
  readonly Effect: 'Allow' | 'Deny';
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: unknown;
}

const many = <T>(value: T | readonly T[]): readonly T[] => (Array.isArray(value) ? value : [value]) as readonly T[];

export const actionsOf = (statement: Statement): readonly string[] => many(statement.Action);
export const resourcesOf = (statement: Statement): readonly string[] => many(statement.Resource);

/** Returns the policy statements of each role in a stage, by logical id. */
export function roles(synthesized: Synthesized): ReadonlyMap<string, readonly Statement[]> {
  const statements = new Map<string, Statement[]>(synthesized.of('AWS::IAM::Role').map(({ id }) => [id, []]));
  for (const { Properties } of synthesized.of('AWS::IAM::Policy')) {
    const { PolicyDocument, Roles } = Properties as {
      PolicyDocument: { Statement: readonly Statement[] };
      Roles: readonly string[];
    };
    for (const role of Roles) statements.get(role)?.push(...PolicyDocument.Statement);
  }
  return statements;
}

/** Returns the statements of the role of the function `jobdeck-<stage>-<name>`. */
export function statementsOf(synthesized: Synthesized, name: string): readonly Statement[] {
  return roles(synthesized).get(String(synthesized.fn(name).Properties.Role).split('/').at(-1) ?? '') ?? [];
}

/** @returns the role that the function assumes for a request's tenant, or `undefined` if it has none */
export function tenantRoleOf(synthesized: Synthesized, name: string): Resource | undefined {
  const arn = environment(synthesized.fn(name))[Env.tenantRoleArn];
  return synthesized.of('AWS::IAM::Role').find(({ id }) => id === arn?.split('/').at(-1));
}

/** Returns the statements of the role that the function assumes for a request's tenant. */
export function tenantStatementsOf(synthesized: Synthesized, name: string): readonly Statement[] {
  return roles(synthesized).get(tenantRoleOf(synthesized, name)?.id ?? '') ?? [];
}

/** The IAM context of a DynamoDB request by a session for `tenant` on these partitions. */
export const ofSession = (tenant: string, ...partitions: readonly string[]): Context => ({
  'aws:PrincipalTag/tenant': tenant,
  ...(partitions.length > 0 && { 'dynamodb:LeadingKeys': [...partitions] }),
});

export type Context = Record<string, string | string[]>;

/** The policy of every KMS key of a stage: IAM policies of the account decide. A key without it permits nothing. */
export const KEY_POLICY = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` }, Action: 'kms:*', Resource: '*' }],
};

/**
 * The simulator confuses keys of encryption contexts with each other. They are simulated as tags, whose values are
 * compared in the same way.
 */
const simulatedKeys = <Value>(value: Value): Value =>
  JSON.parse(JSON.stringify(value).replaceAll('"kms:EncryptionContext:', '"aws:PrincipalTag/context-')) as Value;

/**
 * Simulates IAM's decision on `action` and `resource` for a role with these statements.
 *
 * @throws Error if IAM does not know the action or the resource
 */
export async function isAllowed(
  statements: readonly Statement[],
  action: string,
  resource: string,
  contextVariables: Context = {},
): Promise<boolean> {
  const response = await runSimulation(
    {
      request: {
        principal: `arn:aws:iam::${ACCOUNT}:role/subject`,
        action,
        resource: { accountId: ACCOUNT, resource },
        contextVariables: simulatedKeys(contextVariables),
      },
      identityPolicies: [{ name: 'all', policy: { Version: '2012-10-17', Statement: simulatedKeys(statements) } }],
      ...(action.startsWith('kms:') && { resourcePolicy: KEY_POLICY }),
      serviceControlPolicies: [],
      resourceControlPolicies: [],
    },
    {},
  );
  if (response.resultType === 'error') {
    throw new Error(`${action} on ${resource} cannot be simulated: ${JSON.stringify(response.errors)}`);
  }
  return response.overallResult === 'Allowed';
}
