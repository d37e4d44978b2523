const ARN = /\barn:aws[a-z-]*:[^\s"'`,;)\]]+/g;
const ACCOUNT = /(?<!\d)\d{12}(?!\d)/g;

/**
 * Removes ARNs and ids of accounts, which name roles and resources of the team, from a text of an AWS service for tenants.
 * Services put them into refusals: `User: arn:aws:sts::… is not authorized to perform: … on resource: arn:…`.
 */
export const withoutArns = (text: string): string => text.replace(ARN, '(ARN)').replace(ACCOUNT, '(account)');

/** Formats an exception of an AWS service for the tenant whose run it ends: name and message, {@link withoutArns}. */
export const toTenantText = (error: unknown): string =>
  withoutArns(error instanceof Error ? `${error.name}: ${error.message}` : String(error));
