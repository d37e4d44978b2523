import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import { Construct } from 'constructs';
import type { StageConfig } from '../config.ts';
import type { WorkQueue } from './queue.ts';

export interface ExecutionEventsProps {
  readonly config: StageConfig;
  /** Queue of the workers. */
  readonly runs: WorkQueue;
}

/**
 * The rules of EventBridge that report the ends of tasks of ECS and of executions of Step Functions to the workers: of the
 * declared clusters and state machines. The sweep reads the state of an execution whose event was lost, so the rules need
 * no dead-letter queue.
 */
export class ExecutionEvents extends Construct {
  readonly #props: ExecutionEventsProps;

  constructor(scope: Construct, id: string, props: ExecutionEventsProps) {
    super(scope, id);
    this.#props = props;
    const settings = Object.values(props.config.targets);
    const clusters = unique(settings.flatMap((target) => ('container' in target ? target.container.cluster : [])));
    const stateMachines = unique(settings.flatMap((target) => ('stateMachine' in target ? target.stateMachine : [])));
    if (clusters.length > 0) {
      // ECS forgets a stopped task after an hour, for which the message may wait.
      const message = {
        execution: events.EventField.fromPath('$.detail.taskArn'),
        event: events.EventField.fromPath('$.detail'),
      };
      this.#rule('TaskStopped', 'Reports stopped tasks of ECS to the workers', message, {
        source: ['aws.ecs'],
        detailType: ['ECS Task State Change'],
        // Tasks of services, which stop at any time, are started by `ecs-svc/<id>`.
        detail: {
          lastStatus: ['STOPPED'],
          clusterArn: clusters,
          startedBy: events.Match.anythingButPrefix('ecs-svc/'),
        },
      });
    }
    if (stateMachines.length > 0) {
      this.#rule(
        'ExecutionEnded',
        'Reports ended executions of Step Functions to the workers',
        { execution: events.EventField.fromPath('$.detail.executionArn') },
        {
          source: ['aws.states'],
          detailType: ['Step Functions Execution Status Change'],
          detail: { status: ['SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED'], stateMachineArn: stateMachines },
        },
      );
    }
  }

  /** @param message about the execution, an `ExecutionMessage` */
  #rule(id: string, description: string, message: object, eventPattern: events.EventPattern): void {
    const input = events.RuleTargetInput.fromObject({ v: 1, ...message });
    const target = new targets.SqsQueue(this.#props.runs, { message: input });
    new events.Rule(this, id, { description, eventPattern, targets: [target] });
  }
}

const unique = (values: readonly string[]): string[] => [...new Set(values)];
