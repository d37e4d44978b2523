import { isPlainHeader, mayHoldCredential } from '../command/credentials.ts';

/** Replaces a value that may be a credential. */
const HIDDEN = '***';

/** ARNs and ids of resources such as `subnet-0123456789abcdef0`. */
const RESOURCE = /^(arn:|[a-z]+-[0-9a-f]{8,17}$)/;

/**
 * Replaces each text of a JSON value that may hold a credential, and each text whose field or variable
 * (`{ "name": "DB_PASSWORD", "value": "…" }`) is named like one. Texts that hold JSON are treated likewise.
 */
export function withoutCredentials(value: unknown): unknown {
  if (typeof value === 'string') return inText(value);
  if (Array.isArray(value)) return value.map(withoutCredentials);
  if (typeof value !== 'object' || value === null) return value;
  const fields = new Map(Object.entries(value).map(([field, inner]) => [field.toLowerCase(), inner as unknown]));
  const name = fields.has('value') ? (fields.get('name') ?? fields.get('key')) : undefined;
  const isVariable = typeof name === 'string' && mayHoldCredential(name);
  return Object.fromEntries(
    Object.entries(value).map(([field, inner]) => {
      if (field === 'HeaderParameters') return [field, inHeaders(inner)];
      if (isVariable && inner === name) return [field, name];
      const isNamed = mayHoldCredential(field) || (isVariable && /^value$/i.test(field));
      return [field, isNamed ? hideTexts(inner) : withoutCredentials(inner)];
    }),
  );
}

function inText(text: string): unknown {
  const json = parseObject(text);
  if (json === undefined) return RESOURCE.test(text) || !mayHoldCredential(text) ? text : HIDDEN;
  const shown = JSON.stringify(withoutCredentials(json));
  return shown === JSON.stringify(json) ? text : shown;
}

const inHeaders = (headers: unknown) =>
  Object.fromEntries(
    Object.entries(headers ?? {}).map(([name, value]) => [name, isPlainHeader(name, String(value)) ? value : HIDDEN]),
  );

/** Replaces all texts and numbers. An ARN names a secret. */
function hideTexts(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(hideTexts);
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([field, inner]) => [field, hideTexts(inner)]));
  const isHidden = typeof value === 'number' || (typeof value === 'string' && !value.startsWith('arn:'));
  return isHidden ? HIDDEN : value;
}

function parseObject(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
