import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as apigatewayv2 from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { Route } from '../../functions/api/http/route.ts';
import type { StageConfig } from '../config.ts';
import type { PlatformFunction } from './function.ts';

/** Seconds an HTTP API waits for its integration at most. A trigger that waits for its run gives up at 25. */
const INTEGRATION_SECONDS = 29;

/** The read that every client polls: its latency stands for the API's, since a trigger may wait for its run. */
const LATENCY_ROUTE = { method: 'GET', path: '/jobs' } as const;

/** The one HTTP API that all surfaces live on. */
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
    // Every handler authenticates first, and answers 401 and 403 in its surface's own shape, which an authorizer cannot.
    Validations.of(this.api).acknowledge({
      id: 'AwsSolutions-APIG4',
      reason: "Authentication is the first step of each surface's handler, because errors keep the surface's shape.",
    });
    const accessLog = new logs.LogGroup(this, 'AccessLog', {
      // API Gateway puts vended logs under this prefix without a resource policy a log group, of which there are few.
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

  /** Sends the routes of one surface to its function. */
  addSurface(name: string, routes: readonly Route[], fn: PlatformFunction): void {
    const integration = new HttpLambdaIntegration(name, fn, {
      timeout: Duration.seconds(INTEGRATION_SECONDS),
      // One permission for the API: one a route would fill the 20 KB that a function's policy may have.
      scopePermissionToRoute: false,
    });
    for (const { method, path } of routes) {
      const [route] = this.api.addRoutes({ path, methods: [apigatewayv2.HttpMethod[method]], integration });
      if (route && method === LATENCY_ROUTE.method && path === LATENCY_ROUTE.path) this.#measure(route);
    }
    // HEAD, OPTIONS, and what a path has no route for: `functions/api/http/find-route.ts` answers.
    for (const path of new Set(routes.map((route) => route.path))) {
      this.api.addRoutes({ path, methods: [apigatewayv2.HttpMethod.ANY], integration });
    }
  }

  /** Sends requests that no route has to a function. */
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

  /** A URL without a trailing slash. */
  get url(): string {
    return this.api.apiEndpoint;
  }

  /** How long the read that stands for the API's speed takes. */
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

  /** Turns on the metrics of one route: on all of them they would cost more than the API. */
  #measure(route: apigatewayv2.HttpRoute): void {
    const stage = this.stage.node.defaultChild as apigatewayv2.CfnStage;
    const { rate, burst } = this.#config.apiThrottle;
    stage.routeSettings = {
      // A route with settings of its own inherits no throttle.
      [`${LATENCY_ROUTE.method} ${LATENCY_ROUTE.path}`]: {
        DetailedMetricsEnabled: true,
        ThrottlingRateLimit: rate,
        ThrottlingBurstLimit: burst,
      },
    };
    this.stage.node.addDependency(route);
  }
}

/** One JSON object a request. The headers are not in it: they hold the token. */
function accessLogFormat(): apigateway.AccessLogFormat {
  return apigateway.AccessLogFormat.custom(
    JSON.stringify({
      time: '$context.requestTime',
      requestId: '$context.requestId',
      ip: '$context.identity.sourceIp',
      route: '$context.routeKey',
      path: '$context.path',
      status: '$context.status',
      bytes: '$context.responseLength',
      latencyMs: '$context.responseLatency',
      integrationMs: '$context.integrationLatency',
      integrationStatus: '$context.integration.status',
      error: '$context.integrationErrorMessage',
    }),
  );
}
