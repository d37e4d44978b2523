import type { LaunchType, TaskLog } from '../../functions/core/domain/targets/container-target.ts';

/** Options of every target. */
interface CommonTargetSettings {
  /**
   * Tenants whose jobs may name the target, up to 100.
   *
   * @default all tenants
   */
  readonly tenants?: readonly string[];
}

/** A Lambda function, for jobs of type `lambda`. */
export interface LambdaTargetSettings extends CommonTargetSettings {
  /** ARN of the function, of one of its versions or aliases. */
  readonly lambda: string;
  /** The function in the local system. */
  readonly local?: {
    /** Module whose export `handler` is the function, relative to the project. */
    readonly module: string;
  };
}

/** A Step Functions state machine, for jobs of type `stateMachine`. */
export interface StateMachineTargetSettings extends CommonTargetSettings {
  /** ARN of a standard state machine, without a version or alias. */
  readonly stateMachine: string;
  /** The state machine in the local system. */
  readonly local?: {
    /** URL of a service with the API of Step Functions. */
    readonly endpoint: string;
  };
}

/** An ECS task, for jobs of type `container`. */
export interface ContainerTargetSettings extends CommonTargetSettings {
  readonly container: {
    /** ARN of the cluster. */
    readonly cluster: string;
    /** ARN of the task definition, with or without its revision. */
    readonly taskDefinition: string;
    /** Ids of subnets. */
    readonly subnets: readonly string[];
    /** Ids of security groups. @default the default group of the VPC */
    readonly securityGroups?: readonly string[];
    /** Name of the container whose command and variables jobs set. @default the family of the task definition */
    readonly container?: string;
    /** @default `FARGATE` */
    readonly launchType?: LaunchType;
    /**
     * ARNs of the roles of the task definition, its task role and its execution role, which the worker passes to ECS.
     *
     * @default none: the task definition has no roles
     */
    readonly roles?: readonly string[];
    /**
     * Options `awslogs-group` and `awslogs-stream-prefix` of the container in the task definition, so that runs show its log.
     *
     * @default the output of runs is empty
     */
    readonly log?: TaskLog;
  };
  /** The task in the local system. */
  readonly local?: {
    /** Program with its arguments. */
    readonly command: readonly string[];
  };
}

/** An EventBridge event bus, for jobs of type `event`. */
export interface EventBusTargetSettings extends CommonTargetSettings {
  /** ARN of the event bus. The local system puts the events into a queue of its own. */
  readonly eventBus: string;
}

/** An SQS queue, for jobs of type `queue`. */
export interface QueueTargetSettings extends CommonTargetSettings {
  /** ARN of the queue, standard or FIFO. The local system has a queue of the same name. */
  readonly queue: string;
}

/** A resource of the team that jobs may name. An ARN may be a token of the CDK. */
export type TargetSettings =
  | LambdaTargetSettings
  | StateMachineTargetSettings
  | ContainerTargetSettings
  | EventBusTargetSettings
  | QueueTargetSettings;
