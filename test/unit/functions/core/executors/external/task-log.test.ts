import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { afterEach, describe, expect, it } from 'vitest';
import { createExecutionService } from '../../../../../../functions/core/executors/external/create-execution-service.ts';
import { readTaskLog } from '../../../../../../functions/core/executors/external/task-log.ts';
import { acme } from '../../../../../helpers/builders/executions.ts';
import { type AwsJsonAnswer, startAwsJsonServer } from '../../../../../helpers/fakes/aws-json-server.ts';

const TASK = 'arn:aws:ecs:eu-central-1:111122223333:task/jobs/1dc5c17a422b4dc4b493371970c6c4d6';
const declared = {
  type: 'container',
  cluster: 'arn:aws:ecs:eu-central-1:111122223333:cluster/jobs',
  taskDefinition: 'arn:aws:ecs:eu-central-1:111122223333:task-definition/etl:7',
  subnets: ['subnet-1'],
  log: { group: '/ecs/etl', streamPrefix: 'run' },
} as const;

let close: (() => Promise<void>) | undefined;
afterEach(() => close?.());

async function given(answer: AwsJsonAnswer) {
  const server = await startAwsJsonServer({ GetLogEvents: [answer] });
  close = server.close;
  return { client: new CloudWatchLogsClient(server.options), calls: server.calls };
}

describe('readTaskLog', () => {
  it('returns the last lines of the stream of the container', async () => {
    const events = [{ message: 'read 3 rows' }, { message: 'größe: 7' }];
    const { client, calls } = await given({ body: { events } });

    expect(await readTaskLog(client, declared, TASK)).toBe('read 3 rows\ngröße: 7\n');

    const logStreamName = 'run/etl/1dc5c17a422b4dc4b493371970c6c4d6';
    const input = { logGroupName: '/ecs/etl', logStreamName, startFromHead: false, limit: 1_000 };
    expect(calls).toEqual([{ operation: 'GetLogEvents', input }]);
  });

  it('reads the container that the target names', async () => {
    const { client, calls } = await given({ body: { events: [] } });

    expect(await readTaskLog(client, { ...declared, container: 'main' }, TASK)).toBe('');

    expect(calls[0]?.input.logStreamName).toBe('run/main/1dc5c17a422b4dc4b493371970c6c4d6');
  });

  it.each([
    ['ResourceNotFoundException', ''],
    ['AccessDeniedException', '[the log of the container could not be read: AccessDeniedException]\n'],
    ['ThrottlingException', '[the log of the container could not be read: ThrottlingException]\n'],
  ])('does not reject for %s', async (error, expected) => {
    const { client } = await given({ error });

    expect(await readTaskLog(client, declared, TASK)).toBe(expected);
  });
});

describe('readLog', () => {
  it.each([
    ['a container without a log', 'container'],
    ['a state machine', 'stateMachine'],
  ] as const)('returns nothing for %s', async (_, type) => {
    const { log: _log, ...container } = declared;
    const declarations = { container: () => container, stateMachine: () => undefined };
    const service = createExecutionService({ isLocal: false, declarations });

    expect(await service.readLog(TASK, { type, tenant: acme, target: 'etl' })).toBe('');
  });
});
