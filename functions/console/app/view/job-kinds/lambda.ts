import { choiceField, jsonField } from '../job-field.ts';
import { type JobKind, TARGET_PAYLOAD_HINT, targetField } from './job-kind.ts';

const MODES = [
  ['sync', 'Wait for the result'],
  ['async', 'Do not wait'],
] as const;

export const LAMBDA: JobKind = {
  type: 'lambda',
  label: 'Lambda function',
  isNamed: true,
  fields: [
    targetField('lambda', 'Function'),
    choiceField({ path: 'lambda.mode', label: 'Result', options: MODES }),
    jsonField({ path: 'lambda.payload', label: 'Payload', hint: TARGET_PAYLOAD_HINT, isWide: true }),
  ],
};
