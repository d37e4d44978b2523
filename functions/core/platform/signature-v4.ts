import { createHmac, hash } from 'node:crypto';

/** The region and service that a signature is valid for. */
export interface SigningScope {
  readonly region: string;
  readonly service: string;
}

/** Long-term or temporary credentials of AWS. */
export interface SigningCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

/** A `POST` request without a query. */
export interface RequestToSign {
  readonly path: string;
  /** Headers with lower-case names and trimmed values. All of them are signed. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const ALGORITHM = 'AWS4-HMAC-SHA256';

/**
 * Creates a function that signs requests with Signature Version 4 and returns the headers of the signed request. The key
 * of the most recent credentials and day is cached.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export function createSigner({ region, service }: SigningScope) {
  let cached: { readonly secret: string; readonly day: string; readonly key: Buffer } | undefined;
  const signingKey = (secret: string, day: string): Buffer => {
    if (cached?.secret === secret && cached.day === day) return cached.key;
    const parts = [day, region, service, 'aws4_request'];
    const key = parts.reduce<Buffer>((previous, part) => hmac(previous, part).digest(), Buffer.from(`AWS4${secret}`));
    cached = { secret, day, key };
    return key;
  };

  return (
    request: RequestToSign,
    { accessKeyId, secretAccessKey, sessionToken }: SigningCredentials,
    /** Epoch milliseconds. */
    now: number,
  ): Readonly<Record<string, string>> => {
    const time = new Date(now).toISOString().replace(/[:-]|\.\d{3}/g, '');
    const day = time.slice(0, 8);
    const headers = {
      ...request.headers,
      'x-amz-date': time,
      ...(sessionToken !== undefined && { 'x-amz-security-token': sessionToken }),
    };
    const entries = Object.entries(headers).sort(([a], [b]) => (a < b ? -1 : 1));
    const signedHeaders = entries.map(([name]) => name).join(';');
    const canonicalHeaders = entries.map(([name, value]) => `${name}:${value}\n`).join('');
    const bodyHash = hash('sha256', request.body);
    const canonicalRequest = `POST\n${request.path}\n\n${canonicalHeaders}\n${signedHeaders}\n${bodyHash}`;
    const scope = `${day}/${region}/${service}/aws4_request`;
    const text = `${ALGORITHM}\n${time}\n${scope}\n${hash('sha256', canonicalRequest)}`;
    const signature = hmac(signingKey(secretAccessKey, day), text).digest('hex');
    const credential = `Credential=${accessKeyId}/${scope}`;
    return {
      ...headers,
      authorization: `${ALGORITHM} ${credential}, SignedHeaders=${signedHeaders}, Signature=${signature}`,
    };
  };
}

const hmac = (key: Buffer, text: string) => createHmac('sha256', key).update(text);
