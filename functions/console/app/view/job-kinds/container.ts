import { jsonField, linesField, pairsField } from '../job-field.ts';
import { type JobKind, TARGET_PAYLOAD_HINT, targetField } from './job-kind.ts';

export const CONTAINER: JobKind = {
  type: 'container',
  label: 'Container',
  isNamed: true,
  fields: [
    targetField('container', 'Container'),
    linesField({
      path: 'container.command',
      label: 'Command',
      hint: 'One part per line. That of the image by default.',
    }),
    pairsField({ path: 'container.env', label: 'Environment', hint: 'NAME=value, one per line.', between: '=' }),
    jsonField({ path: 'container.payload', label: 'Payload', hint: TARGET_PAYLOAD_HINT, isWide: true }),
  ],
};
