/** Maximum number of recipients of a notification. */
export const MAX_RECIPIENTS = 10;

/** Addresses of ASCII characters: no spaces, quotes, comments or line breaks. */
const ADDRESS =
  /^(?=.{3,254}$)[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}$/;

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
