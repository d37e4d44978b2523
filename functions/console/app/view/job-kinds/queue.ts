import { jsonField, lineField } from '../job-field.ts';
import { type JobKind, TARGET_HINT, TARGET_PAYLOAD_HINT } from './job-kind.ts';

export const QUEUE: JobKind = {
  type: 'queue',
  label: 'Queue message',
  fields: [
    lineField({ path: 'queue.target', label: 'Queue', hint: TARGET_HINT, isRequired: true }),
    lineField({
      path: 'queue.group',
      label: 'Message group',
      hint: 'In a FIFO queue the id of the job by default.',
    }),
    jsonField({ path: 'queue.payload', label: 'Payload', hint: TARGET_PAYLOAD_HINT, isWide: true }),
  ],
};
