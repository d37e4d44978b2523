import type { Json } from '../json.ts';

/** A task of Amazon ECS. */
export interface ContainerTarget {
  readonly type: 'container';
  /** Name of the declared task. */
  readonly target: string;
  /** Replaces the command of the container; null for that of its image. */
  readonly command: readonly string[] | null;
  /** Variables beside those of the task definition. They may not refer to secrets, because the API of ECS shows them. */
  readonly env: Readonly<Record<string, string>>;
  /** Payload of runs without one of their own, in the variable `JOBDECK_PAYLOAD` as JSON; null for none. */
  readonly payload: Json | null;
}

/** A task of Amazon ECS that jobs may start. */
export interface DeclaredContainer {
  readonly type: 'container';
  readonly tenants?: readonly string[];
  /** ARN of the cluster. */
  readonly cluster: string;
  /** ARN of the task definition. */
  readonly taskDefinition: string;
  readonly subnets: readonly string[];
  readonly securityGroups?: readonly string[];
  /** Name of the container that receives command and variables. @defaultValue the family of the task definition */
  readonly container?: string;
  /** @defaultValue `FARGATE` */
  readonly launchType?: LaunchType;
  /** Command that stands in for the container on one machine. */
  readonly localCommand?: readonly string[];
}

/** Launch types of tasks. */
export const LAUNCH_TYPES = ['FARGATE', 'EC2'] as const;
export type LaunchType = (typeof LAUNCH_TYPES)[number];

/**
 * Maximum size of command, variables and payload of a task, in characters of JSON.
 *
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_TaskOverride.html
 */
export const MAX_OVERRIDES = 8_192;

/** Maximum number and length of the parts of a command. */
export const MAX_COMMAND_PARTS = 50;
export const MAX_COMMAND_PART_LENGTH = 4_096;
