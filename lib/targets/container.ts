import { LAUNCH_TYPES } from '../../functions/core/domain/targets/container-target.ts';
import { isArn, isToken, toLocalArn } from './arn.ts';
import type { ContainerTargetSettings } from './settings.ts';
import type { Fail, TargetKind } from './target-kind.ts';

const CLUSTER_ARN = /^arn:aws[a-z-]*:ecs:[a-z0-9-]+:\d{12}:cluster\/[A-Za-z0-9_-]{1,255}$/;
const TASK_DEFINITION_ARN = /^arn:aws[a-z-]*:ecs:[a-z0-9-]+:\d{12}:task-definition\/[A-Za-z0-9_-]{1,255}(:\d+)?$/;
const ROLE_ARN = /^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]{1,512}$/;
const REVISION = /:\d+$/;
const CONTAINER_NAME = /^[A-Za-z0-9_-]{1,255}$/;

/** Maximum number of subnets, security groups and roles of a target, and of the parts of a command. */
const MAX_SUBNETS = 16;
const MAX_SECURITY_GROUPS = 5;
const MAX_ROLES = 2;
const MAX_COMMAND_PARTS = 50;

const FIELDS = [
  'cluster',
  'taskDefinition',
  'subnets',
  'securityGroups',
  'container',
  'launchType',
  'roles',
  'log',
] as const;
const LOG_FIELDS = ['group', 'streamPrefix'] as const;
/** Names of log groups and streams, of which the worker may read no others: no wildcards. */
const LOG_GROUP = /^[A-Za-z0-9_/.#-]{1,512}$/;
const STREAM_PREFIX = /^[A-Za-z0-9_/.#-]{1,128}$/;

export const containerKind: TargetKind<ContainerTargetSettings> = {
  fields: ['container', 'local'],
  validate(field, { container, local }, fail) {
    validateContainer(`${field}.container`, container, fail);
    if (local === undefined) return;
    validateTexts(`${field}.local.command`, local?.command, [1, MAX_COMMAND_PARTS], 'texts', fail);
  },
  toLocal: ({ container, ...settings }) => ({
    ...settings,
    container: {
      ...container,
      cluster: toLocalArn(container.cluster),
      taskDefinition: toLocalArn(container.taskDefinition),
    },
  }),
  declare: ({ container: { roles: _, ...container }, local }) => ({
    type: 'container',
    ...container,
    ...(local && { localCommand: local.command }),
  }),
  arnsOfStage: ({ container: { cluster, taskDefinition, roles = [] } }) => ({
    'container.cluster': cluster,
    'container.taskDefinition': taskDefinition,
    ...Object.fromEntries(roles.map((role, i) => [`container.roles[${i}]`, role])),
  }),
  grant(worker, { container: { cluster, taskDefinition, roles = [], log } }) {
    const inCluster = { ArnEquals: { 'ecs:cluster': cluster } };
    // An ARN without a revision starts the latest one. IAM compares that of the revision.
    const revisions = `${taskDefinition}:*`;
    // A token stands for an ARN with or without a revision.
    const isUnknown = isToken(taskDefinition);
    if (isUnknown || REVISION.test(taskDefinition)) worker.allow(['ecs:RunTask'], [taskDefinition], inCluster);
    if (isUnknown || !REVISION.test(taskDefinition)) {
      worker.allowMatching(['ecs:RunTask'], revisions, 'The latest revision of a declared task definition.', inCluster);
    }
    const ids =
      'The id of a task is known when it is started. The condition admits the clusters of declared tasks only.';
    worker.allowUnder(['ecs:DescribeTasks', 'ecs:StopTask'], 'ecs', 'task', ids, inCluster);
    // ListTasks has no resource but container instances, which Fargate has not.
    worker.allowMatching(['ecs:ListTasks'], '*', ids, inCluster);
    if (log) {
      const streams = `log-group:${log.group}:log-stream:${log.streamPrefix}`;
      worker.allowUnder(['logs:GetLogEvents'], 'logs', streams, 'A log stream has the id of its task.');
    }
    if (roles.length === 0) return;
    // The task assumes these roles, not the worker.
    worker.allow(['iam:PassRole'], roles, { StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } });
  },
};

function validateContainer(field: string, container: ContainerTargetSettings['container'], fail: Fail): void {
  if (typeof container !== 'object' || container === null || Array.isArray(container)) {
    fail(field, `an object with ${FIELDS.join(', ')}`, container);
  }
  const unknown = Object.keys(container).find((name) => !FIELDS.some((known) => known === name));
  if (unknown !== undefined) fail(`${field}.${unknown}`, `one of ${FIELDS.join(', ')}`, unknown);
  const { cluster, taskDefinition, subnets, securityGroups, container: name, launchType, roles, log } = container;
  if (!isArn(cluster, CLUSTER_ARN)) fail(`${field}.cluster`, 'the ARN of an ECS cluster', cluster);
  if (!isArn(taskDefinition, TASK_DEFINITION_ARN)) {
    fail(`${field}.taskDefinition`, 'the ARN of an ECS task definition', taskDefinition);
  }
  validateTexts(`${field}.subnets`, subnets, [1, MAX_SUBNETS], 'ids of subnets', fail);
  if (securityGroups !== undefined) {
    validateTexts(`${field}.securityGroups`, securityGroups, [1, MAX_SECURITY_GROUPS], 'ids of security groups', fail);
  }
  if (name !== undefined && !CONTAINER_NAME.test(name)) fail(`${field}.container`, '1–255 of A–Z a–z 0–9 _ -', name);
  if (launchType !== undefined && !LAUNCH_TYPES.some((type) => type === launchType)) {
    fail(`${field}.launchType`, `one of ${LAUNCH_TYPES.join(', ')}`, launchType);
  }
  if (log !== undefined) validateLog(`${field}.log`, log, fail);
  if (roles === undefined) return;
  validateTexts(`${field}.roles`, roles, [1, MAX_ROLES], 'ARNs of roles', fail);
  for (const [i, role] of roles.entries()) {
    if (!isArn(role, ROLE_ARN)) fail(`${field}.roles[${i}]`, 'the ARN of a role', role);
  }
}

function validateLog(field: string, log: unknown, fail: Fail): void {
  const isObject = typeof log === 'object' && log !== null && !Array.isArray(log);
  if (!isObject || Object.keys(log).some((name) => !LOG_FIELDS.some((known) => known === name))) {
    fail(field, `an object with ${LOG_FIELDS.join(' and ')}`, log);
  }
  const { group, streamPrefix } = log as Readonly<Record<string, unknown>>;
  if (!matches(group, LOG_GROUP)) fail(`${field}.group`, 'the name of a log group of CloudWatch', group);
  if (!matches(streamPrefix, STREAM_PREFIX))
    fail(`${field}.streamPrefix`, '1–128 of A–Z a–z 0–9 _ / . # -', streamPrefix);
}

const matches = (value: unknown, pattern: RegExp): boolean => typeof value === 'string' && pattern.test(value);

function validateTexts(
  field: string,
  texts: unknown,
  [least, most]: readonly [number, number],
  what: string,
  fail: Fail,
): void {
  const isList = Array.isArray(texts) && texts.length >= least && texts.length <= most;
  if (!isList || texts.some((text) => typeof text !== 'string' || text === '')) {
    fail(field, `a list of ${least}–${most} ${what}`, texts);
  }
}
