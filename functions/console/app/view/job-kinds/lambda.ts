import { choiceField, jsonField, lineField } from '../job-field.ts';
import { type JobKind, TARGET_HINT, TARGET_PAYLOAD_HINT } from './job-kind.ts';

const MODES = [
  ['sync', 'Wait for the result'],
  ['async', 'Do not wait'],
] as const;

export const LAMBDA: JobKind = {
  type: 'lambda',
  label: 'Lambda function',
  fields: [
    lineField({ path: 'lambda.target', label: 'Function', hint: TARGET_HINT, isRequired: true }),
    choiceField({ path: 'lambda.mode', label: 'Result', options: MODES }),
    jsonField({ path: 'lambda.payload', label: 'Payload', hint: TARGET_PAYLOAD_HINT, isWide: true }),
  ],
};
