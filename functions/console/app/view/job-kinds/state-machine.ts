import { jsonField } from '../job-field.ts';
import { type JobKind, targetField } from './job-kind.ts';

export const STATE_MACHINE: JobKind = {
  type: 'stateMachine',
  label: 'State machine',
  isNamed: true,
  fields: [
    targetField('stateMachine', 'State machine'),
    jsonField({
      path: 'stateMachine.payload',
      label: 'Payload',
      hint: 'JSON object: the input of runs without a payload of their own.',
      isWide: true,
    }),
  ],
};
