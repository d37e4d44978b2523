import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { AccessDenied, parseAccessKeyId } from './iam/local-iam.ts';
import type { AccessRequest } from './iam/policy.ts';
import { parameterAccessRequests } from './iam/service-access-requests.ts';
import { arn } from './support/arn.ts';
import { readIfExists, readOrCreate, writeAtomically } from './support/files.ts';
import { type HttpService, readBody, serveHttp } from './support/http.ts';

interface StoredParameter {
  readonly type: 'String' | 'StringList' | 'SecureString';
  readonly version: number;
  /** Epoch milliseconds. */
  readonly modifiedAt: number;
  /** Initialization vector, ciphertext and authentication tag, in base64. */
  readonly sealed: string;
}

/** An error response of SSM. `name` is the error code. */
class ParameterError extends Error {
  constructor(code: string, message: string) {
    super(message);
    this.name = code;
  }
}

type Input = Readonly<Record<string, unknown>>;

/**
 * Starts an SSM Parameter Store endpoint with the operations that Jobdeck uses, over the protocol of
 * `@aws-sdk/client-ssm` (JSON 1.1).
 *
 * Values are encrypted at rest with AES-256-GCM under a key file in the data folder. The parameter name is
 * authenticated.
 *
 * @param authorize throws AccessDenied if the access key may not do what the request asks for
 */
export async function startParameterStore(
  dataDir: string,
  authorize: (accessKeyId: string | undefined, accessRequest: AccessRequest) => void = () => {},
): Promise<HttpService> {
  const store = new ParameterStore(join(dataDir, 'parameters.json'), join(dataDir, 'parameters.key'));
  return serveHttp(async (request, response) => {
    const operation = String(request.headers['x-amz-target'] ?? '').replace(/^AmazonSSM\./, '');
    const respond = (status: number, body: object) => {
      response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(body));
    };
    try {
      const input = JSON.parse((await readBody(request)).toString() || '{}') as Input;
      const key = parseAccessKeyId(request.headers.authorization);
      for (const accessRequest of parameterAccessRequests(operation, input)) authorize(key, accessRequest);
      respond(200, store.answer(operation, input));
    } catch (error) {
      if (error instanceof AccessDenied) respond(400, { __type: 'AccessDeniedException', message: error.message });
      else if (error instanceof ParameterError) respond(400, { __type: error.name, message: error.message });
      else throw error;
    }
  });
}

class ParameterStore {
  readonly #file: string;
  readonly #key: Buffer;
  #parameters: Map<string, StoredParameter>;

  constructor(file: string, keyFile: string) {
    this.#file = file;
    this.#key = Buffer.from(
      readOrCreate(keyFile, () => randomBytes(32).toString('base64')),
      'base64',
    );
    const stored = JSON.parse(readIfExists(file) ?? '{}') as Record<string, StoredParameter>;
    this.#parameters = new Map(Object.entries(stored));
  }

  answer(operation: string, input: Input): object {
    switch (operation) {
      case 'PutParameter':
        return this.#put(input);
      case 'GetParameter':
        return { Parameter: this.#describe(text(input, 'Name'), input.WithDecryption === true) };
      case 'GetParameters':
        return this.#getMany(input);
      case 'GetParametersByPath':
        return this.#getByPath(input);
      case 'DeleteParameter':
        return this.#delete(text(input, 'Name'));
      default:
        throw new ParameterError('InvalidAction', `SSM operation ${operation} is not emulated.`);
    }
  }

  #put(input: Input): object {
    const name = text(input, 'Name');
    const value = text(input, 'Value');
    const existing = this.#parameters.get(name);
    if (!/^\/?[A-Za-z0-9_.-]+(\/[A-Za-z0-9_.-]+)*$/.test(name) || name.length > 1_011) {
      throw new ParameterError('ValidationException', `Parameter name ${name} must be letters, digits and _ . - /.`);
    }
    if (existing && input.Overwrite !== true) {
      throw new ParameterError(
        'ParameterAlreadyExists',
        'The parameter already exists. To overwrite this value, set the overwrite option in the request to true.',
      );
    }
    const type = input.Type ?? existing?.type;
    if (type !== 'String' && type !== 'StringList' && type !== 'SecureString') {
      throw new ParameterError('ValidationException', 'A parameter type is required when you create a parameter.');
    }
    const limit = input.Tier === 'Advanced' ? 8_192 : 4_096;
    if (Buffer.byteLength(value) > limit) {
      throw new ParameterError('ValidationException', `Parameter values are at most ${limit} bytes in this tier.`);
    }
    if (/\{\{.*\}\}/s.test(value)) {
      throw new ParameterError('ValidationException', 'Parameter value: nested parameters ({{}}) are not supported.');
    }
    const version = (existing?.version ?? 0) + 1;
    this.#save(
      new Map(this.#parameters).set(name, { type, version, modifiedAt: Date.now(), sealed: this.#seal(name, value) }),
    );
    return { Version: version, Tier: input.Tier ?? 'Standard' };
  }

  #getMany(input: Input): object {
    const names = Array.isArray(input.Names) ? input.Names.map(String) : [];
    const decrypt = input.WithDecryption === true;
    return {
      Parameters: names.filter((name) => this.#parameters.has(name)).map((name) => this.#describe(name, decrypt)),
      InvalidParameters: names.filter((name) => !this.#parameters.has(name)),
    };
  }

  #getByPath(input: Input): object {
    const path = text(input, 'Path').replace(/\/?$/, '/');
    const size = typeof input.MaxResults === 'number' ? input.MaxResults : 10;
    if (!Number.isInteger(size) || size < 1 || size > 10) {
      throw new ParameterError('ValidationException', `MaxResults must be 1–10, got ${size}.`);
    }
    const start = typeof input.NextToken === 'string' ? input.NextToken : '';
    const matching = [...this.#parameters.keys()]
      .filter((name) => name.startsWith(path) && name > start)
      .filter((name) => input.Recursive === true || !name.slice(path.length).includes('/'))
      .sort();
    const page = matching.slice(0, size);
    return {
      Parameters: page.map((name) => this.#describe(name, input.WithDecryption === true)),
      ...(matching.length > size && { NextToken: page.at(-1) }),
    };
  }

  #delete(name: string): object {
    const remaining = new Map(this.#parameters);
    if (!remaining.delete(name)) throw new ParameterError('ParameterNotFound', `Parameter ${name} not found.`);
    this.#save(remaining);
    return {};
  }

  #describe(name: string, decrypt: boolean): object {
    const stored = this.#parameters.get(name);
    if (!stored) throw new ParameterError('ParameterNotFound', `Parameter ${name} not found.`);
    const plain = decrypt || stored.type !== 'SecureString';
    return {
      Name: name,
      Type: stored.type,
      Value: plain ? this.#open(name, stored.sealed) : stored.sealed,
      Version: stored.version,
      LastModifiedDate: stored.modifiedAt / 1_000,
      ARN: arn('ssm', `parameter${name.startsWith('/') ? '' : '/'}${name}`),
      DataType: 'text',
    };
  }

  #save(parameters: Map<string, StoredParameter>): void {
    writeAtomically(this.#file, JSON.stringify(Object.fromEntries(parameters)));
    this.#parameters = parameters;
  }

  #seal(name: string, value: string): string {
    const iv = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', this.#key, iv).setAAD(Buffer.from(name));
    return Buffer.concat([iv, cipher.update(value, 'utf8'), cipher.final(), cipher.getAuthTag()]).toString('base64');
  }

  #open(name: string, sealed: string): string {
    const bytes = Buffer.from(sealed, 'base64');
    const decipher = createDecipheriv('aes-256-gcm', this.#key, bytes.subarray(0, 12), { authTagLength: 16 });
    decipher.setAAD(Buffer.from(name)).setAuthTag(bytes.subarray(-16));
    return Buffer.concat([decipher.update(bytes.subarray(12, -16)), decipher.final()]).toString('utf8');
  }
}

function text(input: Input, field: string): string {
  const value = input[field];
  if (typeof value !== 'string' || value === '') {
    throw new ParameterError('ValidationException', `${field} must be a string of at least one character.`);
  }
  return value;
}
