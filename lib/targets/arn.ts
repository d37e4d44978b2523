import { ACCOUNT, PARTITION, REGION } from '../local/support/arn.ts';

/** Text that the CDK replaces at the deployment. */
const TOKEN = /^\$\{Token\[[^\]]+\]\}$/;

/** Returns whether a text is a token of the CDK, whose value is not known yet. */
export const isToken = (text: string): boolean => TOKEN.test(text);

/** Returns whether a value is an ARN of a pattern, or a token for one. An ARN with wildcards never is. */
export const isArn = (value: unknown, pattern: RegExp): boolean =>
  typeof value === 'string' && (pattern.test(value) || isToken(value));

/** Returns the same resource in the account and region of the local system. */
export function toLocalArn(arn: string): string {
  const [, , service, , , ...resource] = arn.split(':');
  return ['arn', PARTITION, service, REGION, ACCOUNT, ...resource].join(':');
}
