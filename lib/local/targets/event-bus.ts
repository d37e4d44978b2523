import { randomUUID } from 'node:crypto';
import type { LogSink } from '../lambda/log.ts';
import type { QueueSender } from '../scheduler/targets.ts';
import { ACCOUNT, arn, REGION } from '../support/arn.ts';
import { type HttpService, readBody, serveHttp } from '../support/http.ts';

/** Maximum length of the name of a queue. */
const MAX_NAME_LENGTH = 80;

/** Returns the name of the queue that stands in for an event bus: `events-orders` for the bus `orders`. */
export function eventsQueueName(bus: string): string {
  const name = bus.split('event-bus/').at(-1) ?? bus;
  return `events-${name.replaceAll(/[^A-Za-z0-9_-]/g, '-')}`.slice(0, MAX_NAME_LENGTH);
}

interface Entry {
  readonly EventBusName?: string;
  readonly Source?: string;
  readonly DetailType?: string;
  readonly Detail?: string;
}

/**
 * Starts an EventBridge endpoint with the operation `PutEvents`. It has no rules: each event is logged and sent, in the form
 * in which rules deliver events, to the queue that stands in for its bus.
 */
export function startEventBus(sender: QueueSender, log: LogSink): Promise<HttpService> {
  return serveHttp(async (request, response) => {
    const operation = String(request.headers['x-amz-target'] ?? '');
    const respond = (status: number, body: object) => {
      response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(body));
    };
    const { Entries = [] } = JSON.parse((await readBody(request)).toString() || '{}') as { Entries?: readonly Entry[] };
    if (operation !== 'AWSEvents.PutEvents') {
      respond(400, { __type: 'UnknownOperationException', message: `${operation} is not emulated` });
      return;
    }
    const results = await Promise.all(Entries.map((entry) => putEvent(entry, sender, log)));
    respond(200, { FailedEntryCount: results.filter((result) => 'ErrorCode' in result).length, Entries: results });
  });
}

async function putEvent(
  { EventBusName = 'default', Source, DetailType, Detail }: Entry,
  sender: QueueSender,
  log: LogSink,
) {
  const id = randomUUID();
  try {
    const event = {
      version: '0',
      id,
      'detail-type': DetailType,
      source: Source,
      account: ACCOUNT,
      time: new Date().toISOString(),
      region: REGION,
      resources: [],
      detail: JSON.parse(Detail ?? '') as unknown,
    };
    const queue = eventsQueueName(EventBusName);
    await sender.send(arn('sqs', queue), JSON.stringify(event));
    log({ functionName: 'event-bus', level: 'info', text: `${Source} "${DetailType}" ${id} is in the queue ${queue}` });
    return { EventId: id };
  } catch (error) {
    return { ErrorCode: 'MalformedDetail', ErrorMessage: error instanceof Error ? error.message : String(error) };
  }
}
