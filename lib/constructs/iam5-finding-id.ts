import { Stack } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/**
 * Returns the id of cdk-nag's IAM5 finding for a resource pattern: the ARN with pseudo parameters and policy variables
 * in angle brackets.
 */
export function iam5FindingId(scope: IConstruct, pattern: string): string {
  const { 'Fn::Join': join } = Stack.of(scope).resolve(pattern) as {
    'Fn::Join': [string, (string | { Ref: string })[]];
  };
  const text = join[1].map((part) => (typeof part === 'string' ? part : `<${part.Ref}>`)).join('');
  return `AwsSolutions-IAM5[Resource::${text.replaceAll(/\$\{([^}]+)\}/g, '<$1>')}]`;
}
