/** The part of the STS client that workers use. `script-credentials.ts` loads it on first use: few scripts have a role. */
export { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
