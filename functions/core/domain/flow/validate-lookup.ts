import { InvalidInput } from '../errors.ts';
import { headerFields, validateRequest } from '../http-request.ts';
import { assertNoSecretReferences } from '../secret.ts';
import { assertNoCursorPlaceholder } from './delta.ts';
import { KEY_PLACEHOLDER, type LookupSpec, urlOfKey } from './lookup.ts';
import { validateCsvOptions } from './validate-csv-options.ts';
import { validateKey } from './validate-key.ts';

/**
 * Validates the rules of a lookup that span several fields.
 *
 * @returns the values that may refer to secrets, with their fields
 * @throws InvalidInput
 */
export function validateLookup(field: string, { from, key, as }: LookupSpec): ReturnType<typeof headerFields> {
  if (Object.keys(from).length !== 1)
    throw new InvalidInput(`${field}.from`, 'must have one of collection, http and s3');
  const rest = 'http' in from ? { http: { ...from.http, headers: undefined } } : from;
  assertNoSecretReferences(field, JSON.stringify({ from: rest, key, as }), 'values of headers');
  if ('s3' in from) {
    const { s3 } = from;
    validateKey(`${field}.from.s3.key`, s3.key);
    if (s3.csv && s3.format !== 'csv')
      throw new InvalidInput(`${field}.from.s3.csv`, `must be absent: the format is ${s3.format}, not csv`);
    if (s3.csv) validateCsvOptions(`${field}.from.s3.csv`, s3.csv);
  }
  if (!('http' in from)) return [];
  const { http } = from;
  const name = `${field}.from.http`;
  if (!http.url.includes(KEY_PLACEHOLDER))
    throw new InvalidInput(`${name}.url`, `must hold ${KEY_PLACEHOLDER}, got '${http.url}'`);
  const [one, other] = ['a', 'b'].map((each) => URL.parse(urlOfKey(http.url, each)));
  validateRequest(name, { ...http, url: urlOfKey(http.url, 'key') });
  if (one?.origin !== other?.origin)
    throw new InvalidInput(`${name}.url`, `must hold ${KEY_PLACEHOLDER} in its path or query, not in its host`);
  assertNoCursorPlaceholder(name, JSON.stringify([http.url, http.headers]));
  return headerFields(name, http);
}
