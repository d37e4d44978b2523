/** The client of SQS and the queues. `queues-on-demand.ts` loads them on first use, because most requests send no message. */
export { SQSClient } from '@aws-sdk/client-sqs';
export { createQueues } from './queues.ts';
