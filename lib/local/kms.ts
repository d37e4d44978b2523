import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { AccessDenied, parseAccessKeyId } from './iam/local-iam.ts';
import type { AccessRequest } from './iam/policy.ts';
import { readOrCreate } from './support/files.ts';
import { type HttpService, readBody, serveHttp } from './support/http.ts';

/** A KMS key of the template. */
export interface KeyDefinition {
  readonly id: string;
  readonly arn: string;
  /** With the prefix `alias/`. */
  readonly aliases: readonly string[];
}

export interface LocalKmsOptions {
  readonly dataDir: string;
  readonly keys: readonly KeyDefinition[];
  /** Throws AccessDenied if the access key may not do what the request asks for. */
  readonly authorize?: (accessKeyId: string | undefined, request: AccessRequest) => void;
  /** Called with the reason of each denied request. */
  readonly onDenied?: (message: string) => void;
  /**
   * Requests a second above which requests are throttled.
   *
   * @default 5,500, the lowest quota of an AWS region
   */
  readonly requestsPerSecond?: number;
}

/** Lowest quota of symmetric cryptographic operations of an account in a region. */
const REQUESTS_PER_SECOND = 5_500;

/** An error response of KMS. `name` is the error code. */
class KmsError extends Error {
  constructor(code: string, message: string) {
    super(message);
    this.name = code;
  }
}

type Input = Readonly<Record<string, unknown>>;
type EncryptionContext = Readonly<Record<string, string>>;

/**
 * Starts a KMS endpoint with the operations that Jobdeck uses, over the protocol of `@aws-sdk/client-kms` (JSON 1.1).
 *
 * Key material is derived from a key file in the data folder, which only its owner may read. A ciphertext is bound to
 * its key and to its encryption context. Keys are enabled and cannot be changed.
 */
export async function startKms(options: LocalKmsOptions): Promise<HttpService> {
  const { authorize = () => {}, onDenied = () => {} } = options;
  const kms = new LocalKms(options);
  return serveHttp(async (request, response) => {
    const operation = String(request.headers['x-amz-target'] ?? '').replace(/^TrentService\./, '');
    const respond = (status: number, body: object) => {
      response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(body));
    };
    try {
      const input = JSON.parse((await readBody(request)).toString() || '{}') as Input;
      const accessKey = parseAccessKeyId(request.headers.authorization);
      respond(
        200,
        kms.answer(operation, input, (accessRequest) => authorize(accessKey, accessRequest)),
      );
    } catch (error) {
      if (error instanceof AccessDenied) onDenied(error.message);
      else if (!(error instanceof KmsError)) throw error;
      const code = error instanceof AccessDenied ? 'AccessDeniedException' : error.name;
      respond(400, { __type: code, message: error.message });
    }
  });
}

const IV_BYTES = 12;
const TAG_BYTES = 16;
const KEY_ID_BYTES = 36;

class LocalKms {
  readonly #keys: ReadonlyMap<string, KeyDefinition>;
  readonly #root: Buffer;
  readonly #requestsPerSecond: number;
  #second = 0;
  #requests = 0;

  constructor({ dataDir, keys, requestsPerSecond = REQUESTS_PER_SECOND }: LocalKmsOptions) {
    this.#keys = new Map(keys.flatMap((key) => [key.id, key.arn, ...key.aliases].map((name) => [name, key] as const)));
    this.#root = Buffer.from(
      readOrCreate(join(dataDir, 'kms.key'), () => randomBytes(32).toString('base64')),
      'base64',
    );
    this.#requestsPerSecond = requestsPerSecond;
  }

  answer(operation: string, input: Input, authorize: (request: AccessRequest) => void): object {
    const ciphertext = operation === 'Decrypt' ? bytes(input, 'CiphertextBlob', 6_144) : undefined;
    const keyId = input.KeyId ?? ciphertext?.subarray(0, KEY_ID_BYTES).toString();
    const key = this.#keyOf(typeof keyId === 'string' ? keyId : '');
    const context = encryptionContext(input);
    authorize({ action: `kms:${operation}`, resource: key.arn, context: conditionKeys(context) });
    this.#throttle();
    switch (operation) {
      case 'GenerateDataKey':
        return this.#generateDataKey(key, context, input);
      case 'Decrypt':
        return this.#decrypt(key, context, ciphertext ?? Buffer.alloc(0));
      default:
        throw new KmsError('UnknownOperationException', `KMS operation ${operation} is not emulated.`);
    }
  }

  #keyOf(id: string): KeyDefinition {
    const key = this.#keys.get(id) ?? this.#keys.get(id.replace(/^arn:[^/]*:(?=alias\/)/, ''));
    if (key) return key;
    throw new KmsError('NotFoundException', `Key '${id}' does not exist`);
  }

  #throttle(): void {
    const second = Math.floor(performance.now() / 1_000);
    if (second !== this.#second) this.#requests = 0;
    this.#second = second;
    this.#requests++;
    if (this.#requests <= this.#requestsPerSecond) return;
    const message = 'You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls.';
    throw new KmsError('ThrottlingException', message);
  }

  #material({ id }: KeyDefinition): Buffer {
    return Buffer.from(hkdfSync('sha256', this.#root, '', id, 32));
  }

  #generateDataKey(key: KeyDefinition, context: EncryptionContext, { KeySpec }: Input): object {
    if (KeySpec !== 'AES_256') {
      throw new KmsError('ValidationException', `KeySpec must be AES_256 on this machine, got ${String(KeySpec)}.`);
    }
    const plaintext = randomBytes(32);
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.#material(key), iv).setAAD(canonical(context));
    const sealed = Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
    return {
      KeyId: key.arn,
      Plaintext: plaintext.toString('base64'),
      CiphertextBlob: Buffer.concat([Buffer.from(key.id), iv, sealed]).toString('base64'),
    };
  }

  #decrypt(key: KeyDefinition, context: EncryptionContext, ciphertext: Buffer): object {
    const sourceId = ciphertext.subarray(0, KEY_ID_BYTES).toString();
    if (this.#keys.has(sourceId) && sourceId !== key.id) {
      const message = 'The key ID in the request does not identify a CMK that can perform this operation.';
      throw new KmsError('IncorrectKeyException', message);
    }
    try {
      const [iv, sealed] = [
        ciphertext.subarray(KEY_ID_BYTES, KEY_ID_BYTES + IV_BYTES),
        ciphertext.subarray(KEY_ID_BYTES + IV_BYTES),
      ];
      const decipher = createDecipheriv('aes-256-gcm', this.#material(key), iv, { authTagLength: TAG_BYTES });
      decipher.setAAD(canonical(context)).setAuthTag(sealed.subarray(-TAG_BYTES));
      const plaintext = Buffer.concat([decipher.update(sealed.subarray(0, -TAG_BYTES)), decipher.final()]);
      return { KeyId: key.arn, Plaintext: plaintext.toString('base64'), EncryptionAlgorithm: 'SYMMETRIC_DEFAULT' };
    } catch {
      // The context or the ciphertext is wrong; KMS does not disclose which one, and sends no message.
      throw new KmsError('InvalidCiphertextException', '');
    }
  }
}

function bytes(input: Input, field: string, maximum: number): Buffer {
  const value = input[field];
  const decoded = Buffer.from(typeof value === 'string' ? value : '', 'base64');
  if (decoded.length >= 1 && decoded.length <= maximum) return decoded;
  const rule = `Member must have length between 1 and ${maximum}, got ${decoded.length}`;
  throw new KmsError('ValidationException', `1 validation error detected: ${field}: ${rule}`);
}

function encryptionContext({ EncryptionContext: given = {} }: Input): EncryptionContext {
  const entries = Object.entries(given as Record<string, unknown>);
  if (entries.every(([, value]) => typeof value === 'string')) return Object.fromEntries(entries) as EncryptionContext;
  throw new KmsError('SerializationException', 'EncryptionContext must map strings to strings.');
}

/** Serializes a context independently of the order of its keys. */
const canonical = (context: EncryptionContext): Buffer =>
  Buffer.from(JSON.stringify(Object.entries(context).sort(([a], [b]) => (a < b ? -1 : 1))));

/** @see https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html */
function conditionKeys(context: EncryptionContext): AccessRequest['context'] {
  const names = Object.keys(context);
  return {
    ...(names.length > 0 && { 'kms:EncryptionContextKeys': names }),
    ...Object.fromEntries(Object.entries(context).map(([name, value]) => [`kms:EncryptionContext:${name}`, [value]])),
  };
}
