import { jsonField, lineField } from '../job-field.ts';
import { type JobKind, TARGET_HINT } from './job-kind.ts';

export const STATE_MACHINE: JobKind = {
  type: 'stateMachine',
  label: 'State machine',
  fields: [
    lineField({ path: 'stateMachine.target', label: 'State machine', hint: TARGET_HINT, isRequired: true }),
    jsonField({
      path: 'stateMachine.payload',
      label: 'Payload',
      hint: 'JSON object: the input of runs without a payload of their own.',
      isWide: true,
    }),
  ],
};
