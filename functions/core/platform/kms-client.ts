/** The part of the KMS client that Jobdeck uses. `kms.ts` loads it on first use, because most requests need no key. */
export { DecryptCommand, GenerateDataKeyCommand, KMSClient } from '@aws-sdk/client-kms';
