import { InvalidInput } from '../errors.ts';
import type { Json } from '../json.ts';
import { assertNoSecretReferences } from '../secret.ts';
import { validateProcessText, validateVariable } from '../variable.ts';

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
  /** Place to which the task definition sends the output of the container. @defaultValue the output of runs is empty */
  readonly log?: TaskLog;
  /** Command that stands in for the container on one machine. */
  readonly localCommand?: readonly string[];
}

/** Options of the log driver `awslogs` in a task definition: the stream of a container is `<streamPrefix>/<container>/<task>`. */
export interface TaskLog {
  readonly group: string;
  readonly streamPrefix: string;
}

/** Launch types of tasks. */
export const LAUNCH_TYPES = ['FARGATE', 'EC2'] as const;
export type LaunchType = (typeof LAUNCH_TYPES)[number];

/**
 * Maximum size of the overrides of a task, in characters of JSON: command, variables and payload, the name of the
 * container, and the variables that name the run.
 *
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_TaskOverride.html
 */
export const MAX_OVERRIDES = 8_192;
/** Maximum size of the part that a tenant defines: the longest names of container and run take 768 characters. */
export const MAX_DEFINED_OVERRIDES = MAX_OVERRIDES - 768;

/** Variables that the platform sets. */
export const PLATFORM_VARIABLE = /^JOBDECK_/;
/** Variable that contains the payload as JSON. */
export const PAYLOAD_VARIABLE = 'JOBDECK_PAYLOAD';

/** Maximum number and length of the parts of a command. */
export const MAX_COMMAND_PARTS = 50;
export const MAX_COMMAND_PART_LENGTH = 4_096;

/**
 * Validates command and variables of a container.
 *
 * @throws InvalidInput
 */
export function validateContainer(target: ContainerTarget): void {
  const { command, env } = target;
  for (const [i, part] of (command ?? []).entries()) validateProcessText(`container.command[${i}]`, part);
  for (const [name, value] of Object.entries(env)) {
    validateVariable({ field: 'container.env', name, value }, PLATFORM_VARIABLE);
  }
  // The API of ECS shows the command and variables of a task to all who may read tasks.
  for (const [field, value] of Object.entries({ command, env })) {
    assertNoSecretReferences(`container.${field}`, JSON.stringify(value), 'env of scripts and http.headers');
  }
  const size = overridesSize(target);
  if (size > MAX_DEFINED_OVERRIDES) {
    throw new InvalidInput(
      'container.command',
      `must take at most ${MAX_DEFINED_OVERRIDES} characters with env, as the overrides of a task, got ${size}`,
    );
  }
}

/**
 * Validates the size of a payload beside command and variables of its container.
 *
 * @throws InvalidInput
 */
export function validateContainerPayload(payload: Json, target: ContainerTarget): void {
  const size = overridesSize(target, payload);
  if (size > MAX_DEFINED_OVERRIDES) {
    throw new InvalidInput(
      'payload',
      `must take at most ${MAX_DEFINED_OVERRIDES} characters with command and env, as the overrides of a task, got ${size}`,
    );
  }
}

/** Returns the size of the part of the overrides of a task that a tenant defines, in characters of JSON. */
export function overridesSize({ command, env }: Pick<ContainerTarget, 'command' | 'env'>, payload?: Json): number {
  const variables = { ...env, ...(payload !== undefined && { [PAYLOAD_VARIABLE]: JSON.stringify(payload) }) };
  return JSON.stringify({ command, environment: toEnvironment(variables) }).length;
}

/** Returns variables in the form of the API of ECS. */
export const toEnvironment = (variables: Readonly<Record<string, string>>) =>
  Object.entries(variables).map(([name, value]) => ({ name, value }));
