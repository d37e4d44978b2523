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

/** The roles of a synthesized stage, by their logical ids, with everything that is attached to them. */
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

/** The statements of the role that the function called `jobdeck-<stage>-<name>` runs as. */
export function statementsOf(synthesized: Synthesized, name: string): readonly Statement[] {
  return roles(synthesized).get(String(synthesized.fn(name).Properties.Role).split('/').at(-1) ?? '') ?? [];
}

/** The role that the function called so assumes for the tenant of a request; undefined when it has none. */
export function tenantRoleOf(synthesized: Synthesized, name: string): Resource | undefined {
  const arn = environment(synthesized.fn(name))[Env.tenantRoleArn];
  return synthesized.of('AWS::IAM::Role').find(({ id }) => id === arn?.split('/').at(-1));
}

/** The statements of the role that the function called so assumes for the tenant of a request. */
export function tenantStatementsOf(synthesized: Synthesized, name: string): readonly Statement[] {
  return roles(synthesized).get(tenantRoleOf(synthesized, name)?.id ?? '') ?? [];
}

/** What a request to DynamoDB is judged by, of a session for `tenant` that names these partitions. */
export const ofSession = (tenant: string, ...partitions: readonly string[]): Context => ({
  'aws:PrincipalTag/tenant': tenant,
  ...(partitions.length > 0 && { 'dynamodb:LeadingKeys': [...partitions] }),
});

export type Context = Record<string, string | string[]>;

/**
 * Whether IAM would let the statements' role do `action` on `resource`.
 *
 * @throws Error when IAM would not know the action or the resource
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
        contextVariables,
      },
      identityPolicies: [{ name: 'all', policy: { Version: '2012-10-17', Statement: statements } }],
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
