import { jsonField, lineField } from '../job-field.ts';
import { type JobKind, TARGET_PAYLOAD_HINT, targetField } from './job-kind.ts';

export const QUEUE: JobKind = {
  type: 'queue',
  label: 'Queue message',
  isNamed: true,
  fields: [
    targetField('queue', 'Queue'),
    lineField({
      path: 'queue.group',
      label: 'Message group',
      hint: 'In a FIFO queue the id of the job by default.',
    }),
    jsonField({ path: 'queue.payload', label: 'Payload', hint: TARGET_PAYLOAD_HINT, isWide: true }),
  ],
};
