import type { LambdaFunction } from '../lambda/function.ts';
import { AwsJsonError, callAwsJson } from '../support/http.ts';
import type { AsynchronousDefinition } from '../template/plan.ts';
import { type SchedulerTargets, UnreachableTargetError } from './engine.ts';

/** Sends messages to queues by ARN. */
export class QueueSender {
  readonly #endpoint: string;

  /** @param endpoint base URL of SQS */
  constructor(endpoint: string) {
    this.#endpoint = endpoint;
  }

  /** @throws UnreachableTargetError if the queue does not exist */
  async send(
    queueArn: string,
    body: string,
    options: { readonly attributes?: Readonly<Record<string, string>>; readonly group?: string } = {},
  ): Promise<void> {
    const name = queueArn.split(':').at(-1) ?? '';
    const attributes = Object.entries(options.attributes ?? {}).map(([key, value]) => {
      return [key, { DataType: 'String', StringValue: value || '-' }] as const;
    });
    try {
      await callAwsJson(this.#endpoint, 'AmazonSQS.SendMessage', {
        QueueUrl: `${this.#endpoint}/000000000000/${name}`,
        MessageBody: body,
        MessageAttributes: Object.fromEntries(attributes),
        ...(options.group !== undefined && { MessageGroupId: options.group }),
      });
    } catch (error) {
      const missing = error instanceof AwsJsonError && /NonExistentQueue|QueueDoesNotExist/.test(error.name);
      throw missing ? new UnreachableTargetError(`There is no queue ${queueArn}.`, { cause: error }) : error;
    }
  }
}

/** A function and the configuration of its asynchronous invocations. */
export interface InvocableFunction {
  readonly fn: Pick<LambdaFunction, 'invokeAsync'>;
  readonly asynchronous: AsynchronousDefinition;
}

/** Connects the scheduler with the queues and functions of the local system. */
export function schedulerTargets(
  queues: QueueSender,
  functions: ReadonlyMap<string, InvocableFunction>,
): SchedulerTargets {
  return {
    async deliver({ Arn, SqsParameters }, payload) {
      if (Arn.split(':')[2] === 'sqs') {
        const group = SqsParameters?.MessageGroupId;
        await queues.send(Arn, payload, group === undefined ? {} : { group });
        return;
      }
      const target = functions.get(Arn);
      if (!target) throw new UnreachableTargetError(`There is no function ${Arn}.`);
      invokeAsynchronously(target, JSON.parse(payload), queues);
    },
    sendDeadLetter: (queueArn, body, attributes) => queues.send(queueArn, body, { attributes }),
  };
}

function invokeAsynchronously({ fn, asynchronous }: InvocableFunction, event: unknown, queues: QueueSender): void {
  const { maximumRetryAttempts, maximumEventAgeMs, onFailureQueueArn } = asynchronous;
  fn.invokeAsync(event, {
    ...(maximumRetryAttempts !== undefined && { maximumRetryAttempts }),
    ...(maximumEventAgeMs !== undefined && { maximumEventAgeMs }),
    ...(onFailureQueueArn !== undefined && {
      onFailure: (record) => queues.send(onFailureQueueArn, JSON.stringify(record)),
    }),
  });
}
