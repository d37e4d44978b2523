import { Env } from '../../functions/core/platform/env-names.ts';
import { issuerUrl, jwksUri } from './issuer/issuer.ts';
import { localSignInConfig } from './issuer/sign-in/endpoints.ts';
import { CREDENTIALS, REGION } from './support/arn.ts';

/** Base URLs of the local services. */
export interface ServiceUrls {
  readonly dynamodb: string;
  /** Endpoint of SQS, S3 and SNS. */
  readonly sqs: string;
  readonly sts: string;
  readonly scheduler: string;
  readonly kms: string;
  /** Endpoint of EventBridge. */
  readonly events: string;
  /** Endpoint of Lambda, with the functions of the team that jobs may invoke. */
  readonly lambda: string;
  /** Endpoint of Amazon ECS. */
  readonly ecs: string;
  /** Endpoint of SES, which writes e-mails to files. */
  readonly email: string;
}

/** Credentials of a function that has its role. */
export interface FunctionIdentity {
  readonly accessKeyId: string;
  /**
   * URL of the DynamoDB endpoint that enforces IAM.
   *
   * @default the database: other services than STS do not enforce the role
   */
  readonly dynamodb?: string;
}

/**
 * Builds the environment variables of a function: its own, and those that direct the AWS SDK to the local services. The
 * issuer is always the local one.
 */
export function functionEnvironment(
  own: Readonly<Record<string, string>>,
  services: ServiceUrls,
  apiPort: number,
  overrides: Readonly<Record<string, string>>,
  identity?: FunctionIdentity,
): Readonly<Record<string, string>> {
  return {
    ...own,
    ...(Env.issuer in own && { [Env.issuer]: issuerUrl(apiPort), [Env.jwksUri]: jwksUri(apiPort) }),
    ...(Env.consoleSignIn in own && { [Env.consoleSignIn]: JSON.stringify(localSignInConfig(apiPort)) }),
    ...(Env.consoleUrl in own && { [Env.consoleUrl]: `http://127.0.0.1:${apiPort}` }),
    ...(Env.apiUrl in own && { [Env.apiUrl]: `http://127.0.0.1:${apiPort}` }),
    AWS_REGION: REGION,
    AWS_ACCESS_KEY_ID: identity?.accessKeyId ?? CREDENTIALS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
    AWS_ENDPOINT_URL_DYNAMODB: identity?.dynamodb ?? services.dynamodb,
    AWS_ENDPOINT_URL_SQS: services.sqs,
    AWS_ENDPOINT_URL_S3: services.sqs,
    AWS_ENDPOINT_URL_SNS: services.sqs,
    AWS_ENDPOINT_URL_STS: services.sts,
    AWS_ENDPOINT_URL_SCHEDULER: services.scheduler,
    AWS_ENDPOINT_URL_KMS: services.kms,
    AWS_ENDPOINT_URL_EVENTBRIDGE: services.events,
    AWS_ENDPOINT_URL_LAMBDA: services.lambda,
    AWS_ENDPOINT_URL_ECS: services.ecs,
    [Env.taskLogsUrl]: `${services.ecs}/logs`,
    AWS_ENDPOINT_URL_SESV2: services.email,
    // Avoids the timeout of the metadata service.
    AWS_EC2_METADATA_DISABLED: 'true',
    ...overrides,
  };
}
