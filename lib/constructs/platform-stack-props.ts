import { Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

/**
 * Returns the properties that all stacks of the platform have: the id as explicit name, and the account and region of the
 * stack around them, which CDK does not pass on.
 *
 * @param scope parent of the stack
 */
export function platformStackProps(scope: Construct, id: string, description: string): StackProps {
  const surrounding = surroundingStack(scope);
  return {
    stackName: id,
    description,
    ...(surrounding && { env: { account: surrounding.account, region: surrounding.region } }),
  };
}

/** Returns the stack that contains a construct, or `undefined` if the construct is directly in an app or CDK stage. */
export function surroundingStack(scope: Construct): Stack | undefined {
  return scope.node.scopes.findLast((construct): construct is Stack => Stack.isStack(construct));
}
