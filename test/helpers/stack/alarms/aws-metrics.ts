import type { Resource, Synthesized } from '../synth.ts';
import type { Dimensions, MetricStore } from './metric-store.ts';

type Emit = (metrics: MetricStore, at: number) => void;

/**
 * The metrics that AWS publishes for the resources of a stage, with the documented dimensions. An alarm with other
 * dimensions receives no data.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
 *
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html
 * @see https://docs.aws.amazon.com/scheduler/latest/UserGuide/monitoring-cloudwatch.html
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
 */
export class AwsMetrics {
  readonly #stage: Synthesized;

  constructor(stage: Synthesized) {
    this.#stage = stage;
  }

  /** One invocation of a function. `iteratorAgeMs` is published only if the function reads a stream. */
  invocation(name: string, { error = 0, throttled = 0, iteratorAgeMs = 0 } = {}): Emit {
    const { Properties } = this.#stage.fn(name);
    const dimensions = { FunctionName: String(Properties.FunctionName) };
    const put = (metrics: MetricStore, metric: string, at: number, value: number) =>
      metrics.put('AWS/Lambda', metric, dimensions, at, value);
    return (metrics, at) => {
      put(metrics, 'Throttles', at, throttled);
      // A throttled request does not count as an invocation.
      if (throttled > 0) return;
      put(metrics, 'Invocations', at, 1);
      put(metrics, 'Errors', at, error);
      if (this.#readsStream(Properties)) put(metrics, 'IteratorAge', at, iteratorAgeMs);
    };
  }

  /** One request. Detailed metrics are published only for routes that enable them. */
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

  /** A failed delivery of a schedule in the group. */
  failedDelivery(group: string): Emit {
    const name = this.#named('AWS::Scheduler::ScheduleGroup', 'Name', group);
    return (metrics, at) => metrics.put('AWS/Scheduler', 'TargetErrorCount', { ScheduleGroup: name }, at, 1);
  }

  /** Returns a model of the named queue, which is empty at first. */
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
    if (!found) throw new Error(`There is no ${type} ${name}.`);
    return name;
  }
}

/** The metrics of a queue. Messages moved by a redrive policy are not counted as sent. */
export class QueueModel {
  readonly #name: string;
  #visible = 0;

  constructor(name: string) {
    this.#name = name;
  }

  /** Adds messages, as a sender or a redrive policy does. */
  moveIn(messages: number): void {
    this.#visible += messages;
  }

  /** Receives and deletes all messages. */
  empty(metrics: MetricStore, at: number): void {
    this.#put(metrics, 'NumberOfMessagesReceived', at, this.#visible);
    this.#put(metrics, 'NumberOfMessagesDeleted', at, this.#visible);
    this.#visible = 0;
  }

  /** Publishes the queue length; called once a minute. */
  sample(metrics: MetricStore, at: number): void {
    this.#put(metrics, 'ApproximateNumberOfMessagesVisible', at, this.#visible);
  }

  /** Publishes the age of the oldest message in seconds. */
  sampleAge(metrics: MetricStore, at: number, seconds: number): void {
    this.#put(metrics, 'ApproximateAgeOfOldestMessage', at, seconds);
  }

  #put(metrics: MetricStore, name: string, at: number, value: number): void {
    metrics.put('AWS/SQS', name, { QueueName: this.#name }, at, value);
  }
}
