import { SQSClient } from '@aws-sdk/client-sqs';
import type { Platform } from './platform.ts';
import { createDb, createServices, queueUrls } from './platform-services.ts';
import { createQueues } from './queues.ts';

/** Creates the platform; call it once per execution environment, outside the handler. */
export const createPlatform = (): Platform => ({
  ...createServices(createQueues(new SQSClient({}), queueUrls())),
  db: createDb(),
});
