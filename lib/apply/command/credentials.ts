/** Replaces a value that may be a credential. */
export const HIDDEN = '***';

const CREDENTIAL_NAME =
  /pass(word|wd|phrase)?$|pwd$|secret|token|api[-_]?key|access[-_]?key|private[-_]?key|authorization|bearer|credential|cookie/i;

/** @returns whether a header, variable, option or field with this name usually holds a credential */
export const isCredentialName = (name: string): boolean => CREDENTIAL_NAME.test(name);

/**
 * Replaces the values that may be credentials in a JSON value: of fields with such a name, and of variables
 * (`{ "name": "DB_PASSWORD", "value": "…" }`). Texts that hold JSON are treated likewise.
 */
export function withoutCredentials(value: unknown): unknown {
  if (typeof value === 'string') return withoutCredentialsInText(value);
  if (Array.isArray(value)) return value.map(withoutCredentials);
  if (typeof value !== 'object' || value === null) return value;
  const name = Object.entries(value).find(([field]) => /^(name|key)$/i.test(field))?.[1];
  const isVariable = typeof name === 'string' && isCredentialName(name);
  return Object.fromEntries(
    Object.entries(value).map(([field, inner]) => {
      const isHidden = isCredentialName(field) || (isVariable && /^value$/i.test(field));
      return [field, isHidden && isPlain(inner) ? HIDDEN : withoutCredentials(inner)];
    }),
  );
}

/** An ARN names a secret. */
const isPlain = (value: unknown) =>
  (typeof value === 'string' && !value.startsWith('arn:')) || typeof value === 'number';

/** User and password in a URL. */
const USER_INFO = /(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/@'"]+@/gi;
/** Names of parameters in URLs and forms that usually hold a credential, beside those of `isCredentialName`. */
const CREDENTIAL_PARAMETER = /(^|[-_.])(key|sig|signature|auth)$/i;
/** A parameter in a URL or in a form, or a variable. */
const PARAMETER = /([\w.-]+)=([^\s&;'"]+)/g;
const HEADER = /\b([\w-]+):\s*(?!\/\/)(Bearer\s+|Basic\s+|Token\s+)?[^\s'",][^'"]*/gi;
const SCHEME = /\b(Bearer|Basic|Token)\s+[A-Za-z0-9._~+/=-]{6,}/gi;

/** Replaces credentials in a text: those in URLs, parameters, headers, and fields of JSON. */
export function withoutCredentialsInText(text: string): string {
  const json = parseObject(text);
  if (json !== undefined) {
    const shown = JSON.stringify(withoutCredentials(json));
    return shown === JSON.stringify(json) ? text : shown;
  }
  return text
    .replaceAll(USER_INFO, `$1${HIDDEN}@`)
    .replaceAll(PARAMETER, (whole, name: string) => (isCredentialParameter(name) ? `${name}=${HIDDEN}` : whole))
    .replaceAll(HEADER, (whole, name: string, scheme = '') =>
      isCredentialName(name) ? `${name}: ${scheme}${HIDDEN}` : whole,
    )
    .replaceAll(SCHEME, `$1 ${HIDDEN}`);
}

const isCredentialParameter = (name: string) => isCredentialName(name) || CREDENTIAL_PARAMETER.test(name);

function parseObject(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
