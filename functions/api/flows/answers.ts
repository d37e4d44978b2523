import * as z from 'zod';
import { ROLES } from '../../core/domain/access.ts';
import { DELIVERY_STATES, NOTIFICATION_KINDS } from '../../core/domain/notification/delivery.ts';
import { definitionShown, shortened } from '../definition/definition-answer.ts';
import { called, moment, whole } from '../openapi/described.ts';
import type { deliveryView } from './delivery-view.ts';
import type { flowDefinitionView } from './flow-definition-view.ts';
import { JOB_STATUSES, JOB_TYPES, type JobView } from './job-view.ts';

/** Shapes of what the flows surface answers. */

const text = z.string();

export const errorBody = called(
  'FlowsErrors',
  z.object({ errors: z.array(z.object({ code: text, message: text })).min(1) }),
);

export const job = called(
  'FlowsJob',
  z.object({
    _id: text,
    type: z.enum(JOB_TYPES),
    status: z.enum(JOB_STATUSES),
    _integrationId: text.nullable(),
    _flowId: text,
    _exportId: text.nullable(),
    _importId: text.nullable(),
    _flowJobId: text.nullable(),
    numSuccess: whole(),
    numError: whole(),
    numIgnore: whole(),
    numExport: whole(),
    numPagesGenerated: whole(),
    numPagesProcessed: whole(),
    doneExporting: z.boolean(),
    flowExecutionGroupId: text,
    createdAt: moment(),
    startedAt: moment().nullable(),
    endedAt: moment().nullable(),
    lastModified: moment(),
    purgeAt: moment(),
    canceledBy: text.nullable(),
    message: text.nullable(),
  } satisfies Record<keyof JobView, z.ZodType>),
);

/** A job that was just started: `_jobId` repeats `_id` under the name that Celigo's clients look for. */
export const startedJob = called('FlowsStartedJob', job.extend({ _jobId: text }));

export const jobError = called(
  'FlowsJobError',
  z.object({
    _id: text,
    _jobId: text,
    _flowJobId: text,
    type: z.enum(['export', 'transform', 'import']),
    operatorId: text,
    message: text,
    record: text.nullable(),
    position: z.object({ split: whole(), page: whole(), index: whole() }),
    taskIndex: whole(),
    createdAt: moment(),
    purgeAt: moment(),
  }),
);

const flowFields = {
  _id: text,
  ...definitionShown,
  _integrationId: text.nullable(),
  createdAt: moment(),
  lastModified: moment(),
  nextRun: moment().nullable(),
} satisfies Record<keyof ReturnType<typeof flowDefinitionView>, z.ZodType>;

export const flowDefinition = called('FlowsFlow', z.object(flowFields));
export const listedFlow = called('FlowsListedFlow', z.object({ ...flowFields, shortened }));

export const apiKey = called(
  'ApiKey',
  z.object({
    id: text,
    name: text,
    roles: z.array(z.enum(ROLES)),
    createdAt: moment(),
    createdBy: text,
    lastUsedAt: moment().nullable(),
  }),
);
export const newApiKey = z.object({
  id: text,
  name: text,
  roles: z.array(z.enum(ROLES)),
  key: text,
  createdAt: moment(),
});

export const notifications = z.object({
  on_failure: text.nullable(),
  on_success: text.nullable(),
  on_late: text.nullable(),
});
export const delivery = called(
  'Delivery',
  z.object({
    id: text,
    job: text,
    run: text,
    runs: whole(),
    since: moment(),
    kind: z.enum(NOTIFICATION_KINDS),
    target: text,
    state: z.enum(DELIVERY_STATES),
    attempts: whole(),
    lastError: text.nullable(),
    nextAttemptAt: moment().nullable(),
    createdAt: moment(),
    deliveredAt: moment().nullable(),
  } satisfies Record<keyof ReturnType<typeof deliveryView>, z.ZodType>),
);

export const secret = called('Secret', z.object({ name: text, updatedAt: moment() }));
