/** Account and region of the local system. fauxqs and dynoxide report the same ones, so ARNs agree. */
export const ACCOUNT = '000000000000';
export const REGION = 'us-east-1';
export const PARTITION = 'aws';

export function arn(service: string, resource: string): string {
  return `arn:${PARTITION}:${service}:${REGION}:${ACCOUNT}:${resource}`;
}

/** Credentials for the local services, which do not verify signatures. */
export const CREDENTIALS = { accessKeyId: 'local', secretAccessKey: 'local' } as const;
