import { jsonField, lineField } from '../job-field.ts';
import { type JobKind, TARGET_PAYLOAD_HINT, targetField } from './job-kind.ts';

export const EVENT: JobKind = {
  type: 'event',
  label: 'Event',
  isNamed: true,
  fields: [
    targetField('event', 'Event bus'),
    lineField({ path: 'event.detail_type', label: 'Detail type', isPlain: true, isRequired: true }),
    lineField({ path: 'event.source', label: 'Source', initial: 'jobdeck' }),
    jsonField({ path: 'event.payload', label: 'Payload', hint: TARGET_PAYLOAD_HINT, isWide: true }),
  ],
};
