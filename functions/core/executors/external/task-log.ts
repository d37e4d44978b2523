import type { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import type { DeclaredContainer, TaskLog } from '../../domain/targets/container-target.ts';
import { containerOf } from './ecs.ts';

/** Maximum number of lines that are read, the last ones of the log. */
const MAX_LINES = 1_000;
const NOT_FOUND = 'ResourceNotFoundException';

/**
 * Reads the last lines of the container of a task, as the log driver `awslogs` writes them. Never rejects: the end of the run
 * does not wait for its log.
 *
 * @param reference ARN of the task
 * @returns the lines, with a line that names the error if they cannot be read; empty for a container that has written nothing
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using_awslogs.html
 */
export async function readTaskLog(
  client: Pick<CloudWatchLogsClient, 'send'>,
  declaration: DeclaredContainer & { readonly log: TaskLog },
  reference: string,
): Promise<string> {
  const { GetLogEventsCommand } = await import('./logs-client.ts');
  const { group, streamPrefix } = declaration.log;
  const id = reference.split('/').at(-1);
  try {
    const { events = [] } = await client.send(
      new GetLogEventsCommand({
        logGroupName: group,
        logStreamName: `${streamPrefix}/${containerOf(declaration)}/${id}`,
        startFromHead: false,
        limit: MAX_LINES,
      }),
    );
    return events.map(({ message = '' }) => `${message}\n`).join('');
  } catch (error) {
    const name = error instanceof Error ? error.name : 'unknown error';
    return name === NOT_FOUND ? '' : `[the log of the container could not be read: ${name}]\n`;
  }
}
