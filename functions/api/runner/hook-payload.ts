import { InvalidInput, JobdeckError } from '../../core/domain/errors.ts';
import type { HookScheme } from '../../core/domain/hook.ts';
import type { SignedRequest } from '../../core/domain/hook-signature.ts';
import type { Json } from '../../core/domain/json.ts';
import { truncate } from '../../core/domain/text.ts';
import { JSON_TYPE, parseJsonBytes } from '../http/read-body.ts';

const FORM_TYPE = /^application\/x-www-form-urlencoded\s*(;|$)/i;

/** @returns whether the body of a request is a form, by its content type */
export const isForm = ({ headers }: Pick<SignedRequest, 'headers'>): boolean =>
  FORM_TYPE.test(headers['content-type'] ?? '');

/**
 * Parses the body of a request to a hook: JSON, or a form, which becomes an object. GitHub and Slack may send a form whose
 * only field `payload` has the event as JSON.
 *
 * @returns `undefined` for an empty body
 * @throws JobdeckError `body.unsupported_type`
 * @throws InvalidInput
 */
export function readHookPayload(scheme: HookScheme, request: SignedRequest): Json | undefined {
  const { headers, body } = request;
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') {
    throw unsupportedTypeError(
      `content-encoding: must be absent: bodies are not decompressed, got ${truncate(encoding, 100)}`,
    );
  }
  if (body.length === 0) return undefined;
  if (isForm(request)) return readForm(scheme, body);
  const type = headers['content-type'];
  if (type !== undefined && !JSON_TYPE.test(type)) {
    throw unsupportedTypeError(
      `content-type: must be application/json or application/x-www-form-urlencoded, got ${truncate(type, 100)}`,
    );
  }
  return parseJsonBytes(body) as Json;
}

const unsupportedTypeError = (message: string) =>
  new JobdeckError('unsupported_type', 'body.unsupported_type', message);

/** Maximum number of fields of a form. */
const MAX_FORM_FIELDS = 1_000;

function readForm(scheme: HookScheme, body: Uint8Array): Json {
  const fields = [...new URLSearchParams(Buffer.from(body).toString('utf8'))];
  if (fields.length > MAX_FORM_FIELDS) {
    throw new InvalidInput('body', `must have at most ${MAX_FORM_FIELDS} fields, got ${fields.length}`);
  }
  const values = new Map<string, string[]>();
  for (const [name, value] of fields) values.set(name, [...(values.get(name) ?? []), value]);
  if (values.has('__proto__')) throw new InvalidInput('body', "must not have a field '__proto__'");
  const [only = []] = values.size === 1 ? [values.get('payload') ?? []] : [];
  if ((scheme === 'github' || scheme === 'slack') && only.length === 1) {
    return parseJsonBytes(Buffer.from(only[0] ?? '')) as Json;
  }
  // A repeated field becomes a list.
  return Object.fromEntries([...values].map(([name, list]) => [name, list.length === 1 ? (list[0] ?? '') : list]));
}
