import { Duration, Fn, RemovalPolicy, Validations } from 'aws-cdk-lib';
import * as cloudfront from 'aws-cdk-lib/aws-cloudfront';
import * as origins from 'aws-cdk-lib/aws-cloudfront-origins';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { EDGE_SECRET_HEADER, VIEWER_ADDRESS_HEADER } from '../../functions/core/platform/edge-headers.ts';
import { Env } from '../../functions/core/platform/env-names.ts';
import type { StageConfig } from '../config.ts';
import type { PlatformFunction } from './function.ts';
import type { SurfacesApi } from './http-api.ts';

/** A second longer than the integration timeout of the API. */
const READ_TIMEOUT = Duration.seconds(30);
const SECRET_LENGTH = 64;

export interface EdgeProps {
  readonly config: StageConfig;
  readonly api: SurfacesApi;
  /** Web ACL in us-east-1 (`EdgeStack`). */
  readonly webAclArn: string;
}

/**
 * A CloudFront distribution with a firewall in front of the API. It caches nothing. Functions refuse requests without the
 * secret header that the distribution adds, and the address of the API is not published.
 */
export class Edge extends Construct {
  /** URL of the API and the console without a trailing slash. */
  readonly url: string;
  readonly #secret: secretsmanager.Secret;

  constructor(scope: Construct, id: string, { config, api, webAclArn }: EdgeProps) {
    super(scope, id);
    this.#secret = new secretsmanager.Secret(this, 'Secret', {
      description: `Jobdeck ${config.name}: header with which the distribution proves that a request passed it`,
      generateSecretString: { passwordLength: SECRET_LENGTH, excludePunctuation: true },
      removalPolicy: RemovalPolicy.DESTROY,
    });
    Validations.of(this.#secret).acknowledge({
      id: 'AwsSolutions-SMG4',
      reason: 'The distribution and the functions receive the value by a deployment, and must change together.',
    });
    const distribution = new cloudfront.Distribution(this, 'Distribution', {
      comment: `Jobdeck ${config.name}`,
      webAclId: webAclArn,
      defaultBehavior: {
        origin: new origins.HttpOrigin(Fn.select(2, Fn.split('/', api.url)), {
          protocolPolicy: cloudfront.OriginProtocolPolicy.HTTPS_ONLY,
          originSslProtocols: [cloudfront.OriginSslPolicy.TLS_V1_2],
          readTimeout: READ_TIMEOUT,
          customHeaders: { [EDGE_SECRET_HEADER]: this.#secretValue },
        }),
        allowedMethods: cloudfront.AllowedMethods.ALLOW_ALL,
        cachePolicy: cloudfront.CachePolicy.CACHING_DISABLED,
        originRequestPolicy: cloudfront.OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
        viewerProtocolPolicy: cloudfront.ViewerProtocolPolicy.HTTPS_ONLY,
        functionAssociations: [
          { eventType: cloudfront.FunctionEventType.VIEWER_REQUEST, function: this.#viewerAddress(config) },
        ],
      },
    });
    Validations.of(distribution).acknowledge(
      { id: 'AwsSolutions-CFR1', reason: 'Tenants may be anywhere; a stage decides with its firewall.' },
      { id: 'AwsSolutions-CFR3', reason: 'API Gateway logs every request that passes the firewall.' },
      {
        id: 'AwsSolutions-CFR4',
        reason: 'The certificate of *.cloudfront.net has a fixed policy. The README says so.',
      },
    );
    this.url = `https://${distribution.distributionDomainName}`;
  }

  /** Makes a function refuse requests that did not pass the distribution. */
  protect(fn: PlatformFunction): void {
    fn.addEnvironment(Env.edgeSecret, this.#secretValue);
  }

  /** A dynamic reference, which CloudFormation resolves. */
  get #secretValue(): string {
    return this.#secret.secretValue.unsafeUnwrap();
  }

  /** Sets the client's address, for the audit trail. A header of the client with this name is overwritten. */
  #viewerAddress(config: StageConfig): cloudfront.Function {
    return new cloudfront.Function(this, 'ViewerAddress', {
      functionName: `jobdeck-${config.name}-viewer-address`,
      comment: 'Sets the header with the address of the client',
      runtime: cloudfront.FunctionRuntime.JS_2_0,
      code: cloudfront.FunctionCode.fromInline(
        `function handler(event) {
  event.request.headers['${VIEWER_ADDRESS_HEADER}'] = { value: event.viewer.ip };
  return event.request;
}`,
      ),
    });
  }
}
