import { Stack } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** A part of a resolved text. */
type Part = string | { readonly Ref: string } | { readonly 'Fn::GetAtt': readonly string[] } | object;

/**
 * Returns the id of cdk-nag's IAM5 finding for a resource pattern: the ARN with pseudo parameters, attributes and policy
 * variables in angle brackets.
 */
export function iam5FindingId(scope: IConstruct, pattern: string): string {
  const resolved = Stack.of(scope).resolve(pattern) as Part | { readonly 'Fn::Join': [string, Part[]] };
  const parts = typeof resolved === 'object' && 'Fn::Join' in resolved ? resolved['Fn::Join'][1] : [resolved];
  const text = parts.map(formatPart).join('');
  return `AwsSolutions-IAM5[Resource::${text.replaceAll(/\$\{([^}]+)\}/g, '<$1>')}]`;
}

function formatPart(part: Part): string {
  if (typeof part === 'string') return part;
  if ('Ref' in part) return `<${part.Ref}>`;
  return 'Fn::GetAtt' in part ? `<${part['Fn::GetAtt'].join('.')}>` : JSON.stringify(part);
}
