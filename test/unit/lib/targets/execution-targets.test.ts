import { describe, expect, it } from 'vitest';
import { stageConfig } from '../../../../lib/config.ts';
import type { TargetSettings } from '../../../../lib/targets/settings.ts';

const container = {
  cluster: 'arn:aws:ecs:eu-central-1:111122223333:cluster/jobs',
  taskDefinition: 'arn:aws:ecs:eu-central-1:111122223333:task-definition/etl:7',
  subnets: ['subnet-1'],
};
const stateMachine = 'arn:aws:states:eu-central-1:111122223333:stateMachine:order-flow';

const configOf = (settings: unknown) => stageConfig('prod', { targets: { etl: settings as TargetSettings } });

describe('a container in the settings', () => {
  it.each([
    { container },
    { container: { ...container, taskDefinition: container.taskDefinition.replace(':7', '') } },
    { container: { ...container, securityGroups: ['sg-1'], container: 'main', launchType: 'EC2' } },
    { container: { ...container, log: { group: '/ecs/etl', streamPrefix: 'run' } } },
    {
      container: { ...container, roles: ['arn:aws:iam::111122223333:role/jobs/etl'] },
      local: { command: ['node', 'etl.js'] },
    },
  ])('is accepted: %j', (settings) => {
    expect(configOf(settings).targets).toEqual({ etl: settings });
  });

  it.each([
    [{ container: 'etl' }, 'targets.etl.container must be an object with'],
    [
      { container: { ...container, cluster: 'jobs' } },
      'targets.etl.container.cluster must be the ARN of an ECS cluster',
    ],
    [
      { container: { ...container, taskDefinition: 'arn:aws:ecs:eu-central-1:111122223333:task-definition/*' } },
      'targets.etl.container.taskDefinition must be the ARN of an ECS task definition',
    ],
    [
      { container: { ...container, subnets: [] } },
      'targets.etl.container.subnets must be a list of 1–16 ids of subnets',
    ],
    [{ container: { ...container, securityGroups: [1] } }, 'targets.etl.container.securityGroups must be a list'],
    [{ container: { ...container, container: 'a b' } }, 'targets.etl.container.container must be 1–255'],
    [{ container: { ...container, launchType: 'SPOT' } }, 'targets.etl.container.launchType must be one of'],
    [{ container: { ...container, roles: ['*'] } }, 'targets.etl.container.roles[0] must be the ARN of a role'],
    [
      { container: { ...container, log: { group: '/ecs/etl' } } },
      'targets.etl.container.log.streamPrefix must be 1–128 of',
    ],
    [
      { container: { ...container, log: { group: '*', streamPrefix: 'run' } } },
      'targets.etl.container.log.group must be the name of a log group',
    ],
    [
      { container: { ...container, log: { group: 'a', streamPrefix: 'run', region: 'x' } } },
      'targets.etl.container.log must be an object with group and streamPrefix',
    ],
    [{ container: { ...container, image: 'node' } }, 'targets.etl.container.image must be one of'],
    [{ container, local: { command: [] } }, 'targets.etl.local.command must be a list of 1–50 texts'],
  ])('is refused: %j', (settings, message) => {
    expect(() => configOf(settings)).toThrow(message);
  });
});

describe('a state machine in the settings', () => {
  it('may have an endpoint for the local system', () => {
    const settings = { stateMachine, local: { endpoint: 'http://127.0.0.1:8083' } };

    expect(configOf(settings).targets).toEqual({ etl: settings });
  });

  it.each([
    [{ stateMachine: 'order-flow' }, 'targets.etl.stateMachine must be the ARN of a state machine'],
    [{ stateMachine: `${stateMachine}:2` }, 'targets.etl.stateMachine must be the ARN of a state machine'],
    [{ stateMachine, local: { endpoint: '127.0.0.1' } }, 'targets.etl.local.endpoint must be an http URL'],
  ])('is refused: %j', (settings, message) => {
    expect(() => configOf(settings)).toThrow(message);
  });
});
