import * as z from 'zod';
import { JOB_ID } from '../../core/domain/job-id.ts';
import { flowJobChange, flowJobInput } from '../definition/documented-requests.ts';
import { FLOW_EXAMPLE } from '../definition/job-response.ts';
import {
  ETAG,
  IDEMPOTENCY_KEY,
  IF_MATCH,
  type OperationDocs,
  pathParameter,
  type ResponseDoc,
} from '../openapi/operation-doc.ts';
import { flowsQuery } from './flows-query.ts';
import { jobErrorsQuery } from './job-errors.ts';
import { jobsQuery } from './jobs-query.ts';
import {
  apiKey,
  delivery,
  flowDefinition,
  job,
  jobError,
  listedFlow,
  newApiKey,
  notifications,
  secret,
  startedJob,
} from './responses.ts';
import type { flowsRoutes } from './routes.ts';

const flowParameter = pathParameter('id', 'The flow.', 'orders-to-erp', z.string().regex(JOB_ID));
const jobParameter = pathParameter('id', 'The job: its `_id`.', 'orders-to-erp.a1b2c3d4e5.01JNXA3V5T9YV0Q2Z6W8M4R7B1');
const keyParameter = pathParameter('id', 'The API key.', '01JNXA3V5T9YV0Q2Z6W8M4R7B1');
const deliveryParameter = pathParameter('id', 'The delivery.', '01JNXA3V5T9YV0Q2Z6W8M4R7B1');
const secretParameter = pathParameter('name', 'The secret.', 'erp-token', z.string().regex(/^[A-Za-z0-9_.-]{1,64}$/));

const NEXT_LINK = { Link: 'With `rel="next"`: where the next page is.' };
const deleted: ResponseDoc = { description: 'It is gone.' };

export const flowsDescriptions: OperationDocs<(typeof flowsRoutes)[number]> = {
  listJobs: {
    summary: 'Jobs (runs of flows, and their exports and imports), newest first',
    description:
      'At most `pageSize` (1,001) and what was made in the same millisecond as the last of them; with `page` exactly ' +
      '`pageSize` of them.',
    query: jobsQuery,
    responses: { 200: { description: 'A page.', body: z.array(job), headers: NEXT_LINK } },
  },
  getJob: {
    summary: 'A job',
    pathParameters: jobParameter,
    responses: { 200: { description: 'As it is now.', body: job } },
    errors: [404],
  },
  cancelJob: {
    summary: 'Cancel a flow job',
    description: 'Its exports and imports are canceled with it.',
    pathParameters: jobParameter,
    responses: {
      200: { description: 'It is canceled.', body: job },
      202: { description: 'It was asked to end, and has not yet.', body: job },
    },
    errors: [404, 409, 422],
  },
  listJobErrors: {
    summary: 'Records that failed in a job',
    pathParameters: jobParameter,
    query: jobErrorsQuery,
    responses: { 200: { description: 'A page.', body: z.array(jobError), headers: NEXT_LINK } },
    errors: [404],
  },
  listFlows: {
    summary: 'All flows',
    query: flowsQuery,
    responses: { 200: { description: 'By id.', body: z.array(listedFlow), headers: NEXT_LINK } },
  },
  createFlow: {
    summary: 'Define a flow',
    body: flowJobInput,
    bodyExample: FLOW_EXAMPLE,
    responses: {
      201: {
        description: 'It is defined.',
        body: flowDefinition,
        headers: { Location: 'Where the flow can be read.', ...ETAG },
      },
    },
    errors: [409],
  },
  getFlow: {
    summary: 'A flow',
    pathParameters: flowParameter,
    responses: { 200: { description: 'Its definition.', body: flowDefinition, headers: ETAG } },
    errors: [404],
  },
  updateFlow: {
    summary: 'Change a flow',
    description: 'Fields that are left out stay as they are; those that are null take their defaults.',
    pathParameters: flowParameter,
    headers: [IF_MATCH],
    body: flowJobChange,
    bodyExample: { schedule: 'rate(15 minutes)' },
    responses: { 200: { description: 'As it is now.', body: flowDefinition, headers: ETAG } },
    errors: [404, 409, 412],
  },
  deleteFlow: {
    summary: 'Delete a flow',
    description: 'It and its jobs are gone at once; what runs is canceled.',
    pathParameters: flowParameter,
    headers: [IF_MATCH],
    responses: { 204: deleted },
    errors: [404, 412],
  },
  listLatestJobs: {
    summary: 'The newest job of a flow',
    pathParameters: flowParameter,
    responses: { 200: { description: 'A list with the job; empty if the flow has none.', body: z.array(job) } },
    errors: [404],
  },
  runFlow: {
    summary: 'Run a flow now',
    pathParameters: flowParameter,
    headers: [IDEMPOTENCY_KEY],
    responses: {
      202: { description: 'The job, as it is.', body: startedJob, headers: { Location: 'Where the job can be read.' } },
    },
    errors: [404, 409],
  },
  createApiKey: {
    summary: 'Make an API key',
    description: 'Its roles may allow no more than the caller’s.',
    bodyExample: { name: 'nightly sync', roles: ['OPERATOR'] },
    responses: { 201: { description: 'The only answer that holds the key.', body: newApiKey } },
    errors: [409],
  },
  listApiKeys: { summary: 'API keys', responses: { 200: { description: 'Oldest first.', body: z.array(apiKey) } } },
  revokeApiKey: {
    summary: 'Revoke an API key',
    pathParameters: keyParameter,
    responses: { 204: deleted },
    errors: [404],
  },
  getNotifications: {
    summary: 'Where jobs tell of their runs that say nothing themselves',
    responses: { 200: { description: 'Null: nowhere.', body: notifications } },
  },
  putNotifications: {
    summary: 'Set where jobs tell of their runs that say nothing themselves',
    bodyExample: { on_failure: 'slack:#ops', on_success: null, on_late: null },
    responses: { 200: { description: 'So it is from now on.', body: notifications } },
  },
  listDeliveries: {
    summary: 'Deliveries of notifications, newest first',
    responses: { 200: { description: 'Fewer than `limit`: there are no more.', body: z.array(delivery) } },
  },
  retryDelivery: {
    summary: 'Try a delivery again, now',
    pathParameters: deliveryParameter,
    responses: { 202: { description: 'The delivery, as it is.', body: delivery } },
    errors: [404, 409],
  },
  listSecrets: {
    summary: 'Names of secrets',
    responses: { 200: { description: 'By name; their values are shown nowhere.', body: z.array(secret) } },
  },
  putSecret: {
    summary: 'Set a secret',
    pathParameters: secretParameter,
    bodyExample: { value: 's3cr3t' },
    responses: { 204: { description: 'Runs use it from a minute later on, at the latest.' } },
    errors: [409],
  },
  getSecret: {
    summary: 'When a secret was set',
    pathParameters: secretParameter,
    responses: { 200: { description: 'Without its value.', body: secret } },
    errors: [404],
  },
  deleteSecret: {
    summary: 'Delete a secret',
    pathParameters: secretParameter,
    responses: { 204: deleted },
    errors: [404],
  },
};
