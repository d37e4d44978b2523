/** The one account and region of the local system: what fauxqs and dynoxide answer with, so ARNs agree everywhere. */
export const ACCOUNT = '000000000000';
export const REGION = 'us-east-1';
export const PARTITION = 'aws';

export function arn(service: string, resource: string): string {
  return `arn:${PARTITION}:${service}:${REGION}:${ACCOUNT}:${resource}`;
}

/** Credentials that the local services take; they check none. */
export const CREDENTIALS = { accessKeyId: 'local', secretAccessKey: 'local' } as const;
