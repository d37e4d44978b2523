import { STSClient } from '@aws-sdk/client-sts';
import type { AwsCredentialIdentity, Provider } from '@aws-sdk/types';

type Variables = Readonly<Record<string, string | undefined>>;

/** Milliseconds for a request, and for finding credentials. */
const TIMEOUT_MS = 5_000;

const ignore = () => {};
/** The AWS SDK would warn of a profile beside an access key, although the profile was selected on purpose. */
const NO_LOG = { debug: ignore, info: ignore, warn: ignore, error: ignore };

export interface AwsRequest {
  readonly service: 'sts' | 'ssm' | 'lambda';
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** @default the region of the account */
  readonly region?: string;
}

export interface AwsResponse {
  readonly status: number;
  /** The parsed JSON body; `undefined` if the body is no JSON. */
  readonly body: unknown;
  /** The header `Date` in epoch milliseconds; NaN if it is absent. */
  readonly date: number;
}

/** Selects the credentials of the environment. */
export interface AwsIdentity {
  /** @default those that the AWS SDK finds: variables, profile, single sign-on, metadata */
  readonly credentials?: Provider<AwsCredentialIdentity> | undefined;
  /**
   * Profile of the AWS configuration files.
   *
   * @default that of `AWS_PROFILE`
   */
  readonly profile?: string | undefined;
}

/**
 * Sends signed requests to AWS with the credentials of the environment. The clients of the three services would add
 * 8 MB to the package for one request each.
 */
export class AwsAccount {
  readonly region: string;
  readonly #client: STSClient;
  readonly #variables: Variables;

  constructor(region: string, variables: Variables, { credentials, profile }: AwsIdentity = {}) {
    this.region = region;
    this.#variables = variables;
    this.#client = new STSClient({
      region,
      logger: NO_LOG,
      ...(credentials && { credentials }),
      ...(profile && { profile }),
    });
  }

  /**
   * Finds the credentials.
   *
   * @throws Error of the AWS SDK if there are none
   */
  async findCredentials(): Promise<void> {
    await withTimeout(this.#client.config.credentials());
  }

  /** @throws Error if AWS cannot be reached within 5 s */
  async send({ service, method, path, headers = {}, body, region = this.region }: AwsRequest): Promise<AwsResponse> {
    const url = new URL(path, this.#endpoint(service, region));
    const signer = await this.#client.config.signer();
    const request = {
      method,
      protocol: url.protocol,
      hostname: url.hostname,
      ...(url.port !== '' && { port: Number(url.port) }),
      path: url.pathname,
      query: {},
      headers: { ...headers, host: url.host, accept: 'application/json' },
      body,
    };
    // The signer of the client keeps the service and the region of its first request.
    const signed = await signer.sign(request, { signingService: service, signingRegion: region });
    const { host: _, ...signedHeaders } = signed.headers;
    const response = await fetch(url, {
      method,
      headers: signedHeaders,
      ...(body !== undefined && { body }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const text = await response.text();
    return { status: response.status, body: parseJson(text), date: Date.parse(response.headers.get('date') ?? '') };
  }

  /** https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html */
  #endpoint(service: string, region: string): string {
    const { [`AWS_ENDPOINT_URL_${service.toUpperCase()}`]: own, AWS_ENDPOINT_URL: common } = this.#variables;
    const domain = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
    return own || common || `https://${service}.${region}.${domain}`;
  }
}

/**
 * Selects the credentials that the CDK CLI uses: those of the profile, else the access key of the variables, else those
 * that the AWS SDK finds with the profile of the variables. The AWS SDK alone prefers `AWS_PROFILE` to an access key.
 *
 * `lib/api/aws-auth/awscli-compatible.ts` of the package `@aws-cdk/toolkit-lib`.
 *
 * @param profile profile in the settings of the CDK CLI
 */
export function findIdentity(variables: Variables, profile: string | undefined): AwsIdentity {
  if (profile) return { profile };
  const accessKeyId = variables.AWS_ACCESS_KEY_ID || variables.AMAZON_ACCESS_KEY_ID;
  const secretAccessKey = variables.AWS_SECRET_ACCESS_KEY || variables.AMAZON_SECRET_ACCESS_KEY;
  const sessionToken = variables.AWS_SESSION_TOKEN ?? variables.AMAZON_SESSION_TOKEN;
  // guard: deploy.access-key
  if (accessKeyId && secretAccessKey) {
    return { credentials: async () => ({ accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) }) };
  }
  return { profile: variables.AWS_PROFILE || variables.AWS_DEFAULT_PROFILE || undefined };
}

/**
 * Returns the region that the CDK CLI uses if its settings have none: that of the variables, else that of the profile, else
 * that of the profile `default`; `undefined` if there is none.
 *
 * @param profile by default that of the variables
 */
export async function findRegion(
  variables: Variables,
  profile: string | undefined = variables.AWS_PROFILE || variables.AWS_DEFAULT_PROFILE,
): Promise<string | undefined> {
  const { AWS_REGION, AMAZON_REGION, AWS_DEFAULT_REGION, AMAZON_DEFAULT_REGION } = variables;
  const region = AWS_REGION || AMAZON_REGION || AWS_DEFAULT_REGION || AMAZON_DEFAULT_REGION;
  if (region) return region;
  return (profile && (await findRegionOfProfile(profile))) || (await findRegionOfProfile('default'));
}

async function findRegionOfProfile(profile: string): Promise<string | undefined> {
  try {
    return await new STSClient({ profile }).config.region();
  } catch {
    return undefined;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function withTimeout<Value>(promise: Promise<Value>): Promise<Value> {
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  return Promise.race([
    promise,
    new Promise<never>((_, reject) =>
      timeout.addEventListener('abort', () => reject(new Error('no answer within 5 s'))),
    ),
  ]);
}

/** The code of an error in the response of any of the services. */
export function errorCode({ status, body }: AwsResponse): string {
  const { __type, Error: error, Code } = (body ?? {}) as Record<string, unknown>;
  const { Code: nested } = (error ?? {}) as Record<string, unknown>;
  const code = [nested, __type, Code].find((value) => typeof value === 'string') as string | undefined;
  return code?.replace(/^.*#/, '') ?? `status ${status}`;
}
