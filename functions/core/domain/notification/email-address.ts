/** Maximum number of recipients of a notification. */
export const MAX_RECIPIENTS = 10;

/** Addresses of ASCII characters: no spaces, quotes, comments or line breaks. */
const ADDRESS =
  /^(?=.{3,254}$)[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}$/;

const DOMAIN = /^(?=.{1,253}$)(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}$/;

/** @returns whether the text is the domain of an address, without a wildcard */
export const isEmailDomain = (text: string): boolean => DOMAIN.test(text);

export const isEmailAddress = (text: string): boolean => ADDRESS.test(text) && text.indexOf('@') <= 64;

/**
 * Parses addresses that are separated by commas.
 *
 * @returns `undefined` unless they are 1–10 different addresses
 */
export function parseRecipients(text: string): readonly string[] | undefined {
  const addresses = text.split(',').map((address) => address.trim());
  const isValid =
    addresses.length <= MAX_RECIPIENTS &&
    addresses.every(isEmailAddress) &&
    new Set(addresses.map((address) => address.toLowerCase())).size === addresses.length;
  return isValid ? addresses : undefined;
}

/**
 * @param domains domains of recipients that the stage admits, without their subdomains; `undefined` for all
 * @returns the first address of another domain, or `undefined` if all are admitted
 */
export function findForeignAddress(
  addresses: readonly string[],
  domains: readonly string[] | undefined,
): string | undefined {
  if (domains === undefined) return undefined;
  const admitted = new Set(domains.map((domain) => domain.toLowerCase()));
  return addresses.find((address) => !admitted.has(address.slice(address.lastIndexOf('@') + 1).toLowerCase()));
}
