/** Returns the alias of the KMS key of a stage's secrets, without the prefix `alias/`. Operators find the key by it. */
export const secretsKeyAlias = (stage: string): string => `jobdeck-${stage}-secrets`;
