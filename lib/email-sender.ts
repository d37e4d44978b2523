import { isEmailAddress } from '../functions/core/domain/notification/email-address.ts';

/** The sender of e-mail, from the setting `email.from`. */
export interface ParsedSender {
  /** Address. */
  readonly address: string;
  /** ARN of the identity, if the setting is one. */
  readonly identityArn?: string;
  /** Names of the identities by which SES may send: the address and its domain. */
  readonly identities: readonly string[];
}

const IDENTITY_ARN = /^arn:aws[a-z-]*:ses:[a-z0-9-]+:\d{12}:identity\/([^/*?\s]+)$/;

/** Parses `email.from`: an address, or the ARN of an identity of SES. @returns `undefined` if it is neither */
export function parseSender(from: string): ParsedSender | undefined {
  const [identityArn, identity] = IDENTITY_ARN.exec(from) ?? [];
  if (identityArn !== undefined && identity !== undefined) {
    const address = identity.includes('@') ? identity : `jobdeck@${identity}`;
    return isEmailAddress(address) ? { address, identityArn, identities: [identity] } : undefined;
  }
  const domain = from.slice(from.lastIndexOf('@') + 1);
  return isEmailAddress(from) ? { address: from, identities: [from, domain] } : undefined;
}
