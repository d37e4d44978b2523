import { Stack, type StackProps, Stage, Token } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { StageConfig } from '../config.ts';

/** The account and region that the stage is configured with. */
type Place = Pick<StageConfig, 'account' | 'region'>;

/**
 * Returns the properties that all stacks of the platform have: the id as explicit name, and the account and region of the
 * stack around them, which CDK does not pass on, else those of the stage.
 *
 * @param scope parent of the stack
 */
export function platformStackProps(scope: Construct, id: string, description: string, place: Place): StackProps {
  const { account, region } = surroundingStack(scope) ?? place;
  return {
    stackName: id,
    description,
    env: { ...(account !== undefined && { account }), ...(region !== undefined && { region }) },
  };
}

/**
 * Validates that the account and region of a stage are those of the stack or the CDK stage around the construct.
 *
 * @throws Error that names the setting, the expected value and the received value
 */
export function validatePlace(scope: Construct, place: Place): void {
  const stack = surroundingStack(scope);
  const parent = stack ?? Stage.of(scope);
  for (const field of ['account', 'region'] as const) {
    const [configured, surrounding] = [place[field], parent?.[field]];
    if (configured === undefined || configured === surrounding) continue;
    if (stack === undefined && surrounding === undefined) continue;
    const expected = Token.isUnresolved(surrounding) ? 'which has none' : `'${surrounding}'`;
    throw new Error(
      `Jobdeck: ${field} must be unset or that of the stack around the construct, ${expected}, got '${configured}'.`,
    );
  }
}

/** Returns the stack that contains a construct, or `undefined` if the construct is directly in an app or CDK stage. */
export function surroundingStack(scope: Construct): Stack | undefined {
  return scope.node.scopes.findLast((construct): construct is Stack => Stack.isStack(construct));
}
