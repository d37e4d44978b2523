import type { Resource, Synthesized } from '../synth.ts';
import type { Dimensions, MetricStore } from './metric-store.ts';

type Emit = (metrics: MetricStore, at: number) => void;

/**
 * The metrics that AWS makes of the resources of a stage, under the dimensions that it gives them: an alarm that names
 * others sees nothing.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html
 * @see https://docs.aws.amazon.com/scheduler/latest/UserGuide/monitoring-cloudwatch.html
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
 */
export class AwsMetrics {
  readonly #stage: Synthesized;

  constructor(stage: Synthesized) {
    this.#stage = stage;
  }

  /** One invocation of a function: what it came to, and how old the newest record was when it reads a stream. */
  invocation(name: string, { error = 0, throttled = 0, iteratorAgeMs = 0 } = {}): Emit {
    const { Properties } = this.#stage.fn(name);
    const dimensions = { FunctionName: String(Properties.FunctionName) };
    const put = (metrics: MetricStore, metric: string, at: number, value: number) =>
      metrics.put('AWS/Lambda', metric, dimensions, at, value);
    return (metrics, at) => {
      put(metrics, 'Throttles', at, throttled);
      // What is throttled is no invocation.
      if (throttled > 0) return;
      put(metrics, 'Invocations', at, 1);
      put(metrics, 'Errors', at, error);
      if (this.#readsStream(Properties)) put(metrics, 'IteratorAge', at, iteratorAgeMs);
    };
  }

  /** One request. Detailed metrics come beside the others, of the routes for which they are turned on. */
  request(route: string, { status = 200, latencyMs = 20 } = {}): Emit {
    const stage = this.#stage.only('AWS::ApiGatewayV2::Stage');
    const known = this.#stage.of('AWS::ApiGatewayV2::Route').some(({ Properties }) => Properties.RouteKey === route);
    if (!known) throw new Error(`There is no route ${route}.`);
    const ofStage = { ApiId: String(stage.ApiId), Stage: String(stage.StageName) };
    const [Method = '', Resource = ''] = route.split(' ');
    const settings = (stage.RouteSettings ?? {}) as Readonly<
      Record<string, { readonly DetailedMetricsEnabled?: boolean }>
    >;
    const isDetailed = settings[route]?.DetailedMetricsEnabled === true;
    const sets: readonly Dimensions[] = [
      { ApiId: ofStage.ApiId },
      ofStage,
      ...(isDetailed ? [{ ...ofStage, Method, Resource }] : []),
    ];
    return (metrics, at) => {
      for (const dimensions of sets) {
        metrics.put('AWS/ApiGateway', 'Count', dimensions, at, 1);
        metrics.put('AWS/ApiGateway', '4xx', dimensions, at, Number(status >= 400 && status < 500));
        metrics.put('AWS/ApiGateway', '5xx', dimensions, at, Number(status >= 500));
        metrics.put('AWS/ApiGateway', 'Latency', dimensions, at, latencyMs);
      }
    };
  }

  /** A delivery of EventBridge Scheduler that failed, of a schedule of the group. */
  failedDelivery(group: string): Emit {
    const name = this.#named('AWS::Scheduler::ScheduleGroup', 'Name', group);
    return (metrics, at) => metrics.put('AWS/Scheduler', 'TargetErrorCount', { ScheduleGroup: name }, at, 1);
  }

  /** The queue of this name, with nothing in it. */
  queue(name: string): QueueModel {
    return new QueueModel(this.#named('AWS::SQS::Queue', 'QueueName', name));
  }

  #readsStream({ FunctionName }: Resource['Properties']): boolean {
    return this.#stage
      .of('AWS::Lambda::EventSourceMapping')
      .some(
        ({ Properties }) =>
          String(Properties.FunctionName).endsWith(String(FunctionName)) &&
          String(Properties.EventSourceArn).includes(':dynamodb:'),
      );
  }

  #named(type: string, property: string, name: string): string {
    const found = this.#stage.of(type).some(({ Properties }) => Properties[property] === name);
    if (!found) throw new Error(`No ${type} is called ${name}.`);
    return name;
  }
}

/** What SQS counts of a queue. What a redrive policy moves into it is not counted as sent. */
export class QueueModel {
  readonly #name: string;
  #visible = 0;

  constructor(name: string) {
    this.#name = name;
  }

  /** Somebody, or a redrive policy, puts messages into it. */
  moveIn(messages: number): void {
    this.#visible += messages;
  }

  /** A consumer takes all there are. */
  empty(metrics: MetricStore, at: number): void {
    this.#put(metrics, 'NumberOfMessagesReceived', at, this.#visible);
    this.#put(metrics, 'NumberOfMessagesDeleted', at, this.#visible);
    this.#visible = 0;
  }

  /** Once a minute. */
  sample(metrics: MetricStore, at: number): void {
    this.#put(metrics, 'ApproximateNumberOfMessagesVisible', at, this.#visible);
  }

  #put(metrics: MetricStore, name: string, at: number, value: number): void {
    metrics.put('AWS/SQS', name, { QueueName: this.#name }, at, value);
  }
}
