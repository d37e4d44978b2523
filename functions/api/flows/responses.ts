import * as z from 'zod';
import { ROLES } from '../../core/domain/access.ts';
import { DELIVERY_STATES, NOTIFICATION_KINDS } from '../../core/domain/notification/delivery.ts';
import type { toDeliveryView } from '../administration/delivery-view.ts';
import { definitionFields, shortenedField } from '../definition/job-response.ts';
import { namedSchema, nonNegativeInteger, timestamp } from '../openapi/operation-doc.ts';
import type { toFlowView } from './flow-definition-view.ts';
import { JOB_STATUSES, JOB_TYPES, type JobView } from './job-view.ts';

/** Schemas of the responses of the flows surface. */

const text = z.string();

export const errorBody = namedSchema(
  'FlowsErrors',
  z.object({ errors: z.array(z.object({ code: text, message: text })).min(1) }),
);

export const job = namedSchema(
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
    numSuccess: nonNegativeInteger(),
    numError: nonNegativeInteger(),
    numIgnore: nonNegativeInteger(),
    numExport: nonNegativeInteger(),
    numPagesGenerated: nonNegativeInteger(),
    numPagesProcessed: nonNegativeInteger(),
    doneExporting: z.boolean(),
    flowExecutionGroupId: text,
    createdAt: timestamp(),
    startedAt: timestamp().nullable(),
    endedAt: timestamp().nullable(),
    lastModified: timestamp(),
    purgeAt: timestamp(),
    canceledBy: text.nullable(),
    message: text.nullable(),
  } satisfies Record<keyof JobView, z.ZodType>),
);

/** A started job. `_jobId` repeats `_id` under the name that clients of Celigo's API read. */
export const startedJob = namedSchema('FlowsStartedJob', job.extend({ _jobId: text }));

export const jobError = namedSchema(
  'FlowsJobError',
  z.object({
    _id: text,
    _jobId: text,
    _flowJobId: text,
    type: z.enum(['export', 'transform', 'import']),
    operatorId: text,
    message: text,
    record: text.nullable(),
    position: z.object({ split: nonNegativeInteger(), page: nonNegativeInteger(), index: nonNegativeInteger() }),
    taskIndex: nonNegativeInteger(),
    createdAt: timestamp(),
    purgeAt: timestamp(),
  }),
);

const flowFields = {
  _id: text,
  ...definitionFields,
  _integrationId: text.nullable(),
  createdAt: timestamp(),
  lastModified: timestamp(),
  nextRun: timestamp().nullable(),
} satisfies Record<keyof ReturnType<typeof toFlowView>, z.ZodType>;

export const flowDefinition = namedSchema('FlowsFlow', z.object(flowFields));
export const listedFlow = namedSchema('FlowsListedFlow', z.object({ ...flowFields, shortened: shortenedField }));

export const apiKey = namedSchema(
  'ApiKey',
  z.object({
    id: text,
    name: text,
    roles: z.array(z.enum(ROLES)),
    createdAt: timestamp(),
    createdBy: text,
    lastUsedAt: timestamp().nullable(),
  }),
);
export const newApiKey = z.object({
  id: text,
  name: text,
  roles: z.array(z.enum(ROLES)),
  key: text,
  createdAt: timestamp(),
});

export const notifications = z.object({
  on_failure: text.nullable(),
  on_success: text.nullable(),
  on_late: text.nullable(),
});
export const delivery = namedSchema(
  'Delivery',
  z.object({
    id: text,
    job: text,
    run: text,
    runs: nonNegativeInteger(),
    since: timestamp(),
    kind: z.enum(NOTIFICATION_KINDS),
    target: text,
    state: z.enum(DELIVERY_STATES),
    attempts: nonNegativeInteger(),
    lastError: text.nullable(),
    nextAttemptAt: timestamp().nullable(),
    createdAt: timestamp(),
    deliveredAt: timestamp().nullable(),
  } satisfies Record<keyof ReturnType<typeof toDeliveryView>, z.ZodType>),
);

export const secret = namedSchema('Secret', z.object({ name: text, updatedAt: timestamp() }));
