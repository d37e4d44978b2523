import { InvalidInput, JobdeckError } from '../../core/domain/errors.ts';
import { isRounded } from '../../core/domain/exact-json.ts';
import { truncate } from '../../core/domain/text.ts';
import type { TextBody } from './route.ts';

/** Default maximum size of a request body in bytes. */
const MAX_BODY_BYTES = 256 * 1024;

export const JSON_TYPE = /^application\/(json|[\w.-]+\+json)\s*(;|$)/i;

interface RawBody {
  readonly body?: string | undefined;
  readonly isBase64Encoded: boolean;
  readonly headers: Readonly<Record<string, string | undefined>>;
}

/**
 * Parses the JSON object in the body of a request.
 *
 * @param maxBytes maximum size of the body
 * @param textBody content type of text that the body may have. @defaultValue JSON only
 * @returns `undefined` if the request has no body
 * @throws JobdeckError `body.too_large`
 * @throws InvalidInput if the body is not a JSON object in UTF-8
 */
export function readBody(
  { body, isBase64Encoded, headers }: RawBody,
  maxBytes = MAX_BODY_BYTES,
  textBody?: TextBody,
): Readonly<Record<string, unknown>> | undefined {
  if (!body) return undefined;
  const bytes = readBytes({ body, isBase64Encoded }, maxBytes);
  const type = headers['content-type'];
  const isText = textBody !== undefined && type?.split(';')[0]?.trim().toLowerCase() === textBody.type;
  if (type !== undefined && !isText && !JSON_TYPE.test(type)) {
    const types = ['application/json', ...(textBody ? [textBody.type] : [])].join(' or ');
    throw new InvalidInput('content-type', `must be ${types}, got ${type}`);
  }
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') {
    throw new InvalidInput('content-encoding', `must be absent: bodies are not decompressed, got ${encoding}`);
  }
  if (isText) return { [textBody.field]: decode(bytes) };
  const value = parseJsonBytes(bytes);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new InvalidInput('body', 'must be a JSON object');
  }
  return value as Record<string, unknown>;
}

/**
 * Returns the body of a request byte by byte.
 *
 * @throws JobdeckError `body.too_large`
 */
export function readBytes(
  { body = '', isBase64Encoded }: Pick<RawBody, 'body' | 'isBase64Encoded'>,
  maxBytes = MAX_BODY_BYTES,
): Buffer {
  const bytes = Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8');
  if (bytes.length <= maxBytes) return bytes;
  const limit = `${maxBytes / 1_024} KB`;
  throw new JobdeckError('too_large', 'body.too_large', `body: must have at most ${limit}, got ${bytes.length} bytes`);
}

/**
 * Parses any JSON value.
 *
 * @throws InvalidInput if the bytes are not JSON in UTF-8, or if the value cannot be kept unchanged
 */
export function parseJsonBytes(bytes: Uint8Array): unknown {
  return parse(decode(bytes));
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new InvalidInput('body', 'must be UTF-8', { cause });
  }
}

function parse(text: string): unknown {
  try {
    return parseJson(text, reviveOrThrow);
  } catch (cause) {
    if (cause instanceof InvalidInput) throw cause;
    // Also covers nesting that exceeds the stack: no valid request is that deep.
    throw new InvalidInput('body', `must be JSON (${(cause as Error).message})`, { cause });
  }
}

type Reviver = (key: string, value: unknown, context: { readonly source?: string }) => unknown;
const parseJson = JSON.parse as (text: string, reviver: Reviver) => unknown;

function reviveOrThrow(key: string, value: unknown, { source }: { readonly source?: string }): unknown {
  if (value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY) {
    throw new InvalidInput('body', `must not have a number beyond the range of a double, in '${truncate(key, 100)}'`);
  }
  if (isRounded(value, source)) {
    const shown = truncate(source, 100);
    throw new InvalidInput(
      'body',
      `must not have a number that would be rounded, got ${shown} in '${truncate(key, 100)}'; as text it is kept`,
    );
  }
  // Copying an own property of this name would set the prototype of the target.
  if (key === '__proto__') throw new InvalidInput('body', "must not have a field '__proto__'");
  // JSON can escape lone surrogates, which many parsers and stores reject.
  const isText = key.isWellFormed() && (typeof value !== 'string' || value.isWellFormed());
  if (!isText) throw new InvalidInput('body', 'must be text, got half of a surrogate pair');
  return value;
}
