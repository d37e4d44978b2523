import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as apigatewayv2 from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { gatewayPath } from '../../functions/api/http/gateway-path.ts';
import type { Route } from '../../functions/api/http/route.ts';
import type { StageConfig } from '../config.ts';
import type { PlatformFunction } from './function.ts';

/** Integration timeout in seconds, the maximum of HTTP APIs. A blocking trigger gives up after 25. */
const INTEGRATION_SECONDS = 29;

/** The route whose latency represents the API: clients poll it, and unlike a trigger it does not wait for a run. */
const LATENCY_ROUTE = { method: 'GET', path: '/jobs' } as const;

/** The HTTP API of all surfaces. */
export class SurfacesApi extends Construct {
  readonly api: apigatewayv2.HttpApi;
  readonly stage: apigatewayv2.HttpStage;
  readonly #config: StageConfig;

  constructor(scope: Construct, id: string, config: StageConfig) {
    super(scope, id);
    this.#config = config;
    this.api = new apigatewayv2.HttpApi(this, 'Api', {
      apiName: `jobdeck-${config.name}`,
      description: 'All surfaces of Jobdeck',
      createDefaultStage: false,
    });
    // Handlers authenticate first and return 401 and 403 in the error shape of their surface, which an authorizer
    // cannot.
    Validations.of(this.api).acknowledge({
      id: 'AwsSolutions-APIG4',
      reason: "Authentication is the first step of each surface's handler, because errors keep the surface's shape.",
    });
    const accessLog = new logs.LogGroup(this, 'AccessLog', {
      // This prefix needs no resource policy for each log group; their number is limited.
      logGroupName: `/aws/vendedlogs/jobdeck-${config.name}/api`,
      retention: config.logRetentionDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.stage = new apigatewayv2.HttpStage(this, 'Stage', {
      httpApi: this.api,
      autoDeploy: true,
      throttle: { rateLimit: config.apiThrottle.rate, burstLimit: config.apiThrottle.burst },
      accessLogSettings: {
        destination: new apigatewayv2.LogGroupLogDestination(accessLog),
        format: accessLogFormat(),
      },
    });
  }

  /** Routes the requests of a surface to its function. */
  addSurface(name: string, routes: readonly Route[], fn: PlatformFunction): void {
    const integration = new HttpLambdaIntegration(name, fn, {
      timeout: Duration.seconds(INTEGRATION_SECONDS),
      // One permission per route would exceed the 20 KB limit of a function policy.
      scopePermissionToRoute: false,
    });
    for (const { method, path } of routes) {
      const [route] = this.api.addRoutes({
        path: gatewayPath(path),
        methods: [apigatewayv2.HttpMethod[method]],
        integration,
      });
      if (route && method === LATENCY_ROUTE.method && path === LATENCY_ROUTE.path) this.#measure(route);
    }
    // `functions/api/http/find-route.ts` handles HEAD, OPTIONS and unsupported methods.
    for (const path of new Set(routes.map((route) => gatewayPath(route.path)))) {
      this.api.addRoutes({ path, methods: [apigatewayv2.HttpMethod.ANY], integration });
    }
  }

  /** Routes all other requests to a function. */
  addDefault(name: string, fn: PlatformFunction): void {
    const integration = new HttpLambdaIntegration(name, fn, {
      timeout: Duration.seconds(INTEGRATION_SECONDS),
      scopePermissionToRoute: false,
    });
    new apigatewayv2.HttpRoute(this.api, 'Fallback', {
      httpApi: this.api,
      routeKey: apigatewayv2.HttpRouteKey.DEFAULT,
      integration,
    });
  }

  /** URL without a trailing slash. */
  get url(): string {
    return this.api.apiEndpoint;
  }

  /** Latency of `LATENCY_ROUTE`. */
  metricReadLatency(options: cloudwatch.MetricOptions): cloudwatch.Metric {
    return new cloudwatch.Metric({
      namespace: 'AWS/ApiGateway',
      metricName: 'Latency',
      dimensionsMap: {
        ApiId: this.api.apiId,
        Stage: this.stage.stageName,
        Method: LATENCY_ROUTE.method,
        Resource: LATENCY_ROUTE.path,
      },
      ...options,
    });
  }

  /** Enables detailed metrics for one route; for all routes they would cost more than the API. */
  #measure(route: apigatewayv2.HttpRoute): void {
    const stage = this.stage.node.defaultChild as apigatewayv2.CfnStage;
    const { rate, burst } = this.#config.apiThrottle;
    stage.routeSettings = {
      // Route settings do not inherit the stage's throttle.
      [`${LATENCY_ROUTE.method} ${LATENCY_ROUTE.path}`]: {
        DetailedMetricsEnabled: true,
        ThrottlingRateLimit: rate,
        ThrottlingBurstLimit: burst,
      },
    };
    this.stage.node.addDependency(route);
  }
}

/** Access log format: one JSON object per request, without headers and paths, which contain tokens (of hooks in paths). */
function accessLogFormat(): apigateway.AccessLogFormat {
  return apigateway.AccessLogFormat.custom(
    JSON.stringify({
      time: '$context.requestTime',
      requestId: '$context.requestId',
      ip: '$context.identity.sourceIp',
      route: '$context.routeKey',
      status: '$context.status',
      bytes: '$context.responseLength',
      latencyMs: '$context.responseLatency',
      integrationMs: '$context.integrationLatency',
      integrationStatus: '$context.integration.status',
      error: '$context.integrationErrorMessage',
    }),
  );
}
