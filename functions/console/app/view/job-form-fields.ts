import {
  choiceField,
  type JobField,
  lineField,
  listField,
  numberField,
  pairsField,
  pathsField,
  secondsField,
  textField,
} from './job-field.ts';
import { LIMIT_FIELDS } from './job-limit-fields.ts';
import { TIMING_FIELDS } from './job-timing-fields.ts';
import { PRIORITY_OPTIONS } from './priorities.ts';

/** @param isNew the job does not exist: its id can be chosen */
export const generalFields = (isNew: boolean): readonly JobField[] => [
  lineField({ path: 'name', label: 'Name', isPlain: true, maxLength: 200, isRequired: true }),
  lineField({
    path: 'id',
    label: 'ID',
    hint: isNew ? 'Used in URLs; cannot be changed later. Letters, digits, _ - and .' : 'Cannot be changed.',
    maxLength: 64,
    isReadOnly: !isNew,
    isRequired: true,
  }),
  textField({ path: 'description', label: 'Description', rows: 2, isPlain: true, isWide: true }),
];

/** The fields of the execution of runs. */
export const EXECUTION_FIELDS: readonly JobField[] = [
  choiceField({
    path: 'overlap_policy',
    label: 'Overlap policy',
    hint: 'Applies while another run of this job is active.',
    options: [
      ['skip', 'Skip the new run'],
      ['queue', 'Queue the new run, one at most'],
      ['allow', 'Allow parallel runs'],
      ['replace', 'Cancel the active run'],
    ],
  }),
  ...LIMIT_FIELDS,
  secondsField({ path: 'timeout_ms', label: 'Timeout (seconds)', hint: '1–840, per attempt.', initial: '300' }),
  numberField({
    path: 'start_grace_s',
    label: 'Start grace period (seconds)',
    hint: 'From the scheduled time or the creation until a run is late. 0 disables the check.',
    initial: '300',
  }),
  numberField({
    path: 'finish_grace_s',
    label: 'Finish grace period (seconds)',
    hint: 'From the first start until a run is late. 0 disables the check.',
    initial: '3600',
  }),
  numberField({
    path: 'retry.attempts',
    label: 'Attempts',
    hint: '1–20, including the first one.',
    initial: '1',
  }),
  numberField({
    path: 'retry.delay_seconds',
    label: 'Retry delay (seconds)',
    hint: 'Half of the delay is random.',
    initial: '10',
  }),
  choiceField({
    path: 'retry.backoff',
    label: 'Backoff',
    options: [
      ['exponential', 'Exponential'],
      ['fixed', 'Fixed'],
    ],
  }),
  numberField({
    path: 'retry.max_delay_seconds',
    label: 'Maximum retry delay (seconds)',
    hint: 'Empty: one hour.',
    isOptional: true,
  }),
  choiceField({
    path: 'priority',
    label: 'Priority',
    hint: 'Among the runs that wait for a slot.',
    initial: '3',
    options: PRIORITY_OPTIONS,
    isNumber: true,
  }),
  numberField({
    path: 'expires_in_s',
    label: 'Expires in (seconds)',
    hint: 'Cancels a run that has not started by then. Empty for no limit.',
    isOptional: true,
  }),
  lineField({
    path: 'integration_id',
    label: 'Integration',
    hint: 'ID of the integration that the job belongs to.',
  }),
  listField({ path: 'tags', label: 'Tags', hint: 'Separated by commas.', isPlain: true }),
  pairsField({ path: 'labels', label: 'Labels', hint: 'NAME=value, one per line.', between: '=', rows: 2 }),
  pathsField({
    path: 'searchable',
    label: 'Searchable payload fields',
    hint: 'Separated by commas, such as customer.id: runs are found by their values.',
  }),
];

const NOTIFICATION_HINT =
  '`slack:#channel`, `pagerduty`, `teams`, `email:address`, an HTTPS URL, or `none`. Empty: the default of the organization.';

/** The fields of the destinations of notifications. */
export const NOTIFICATION_FIELDS: readonly JobField[] = [
  lineField({ path: 'on_failure', label: 'Notify on failure', hint: NOTIFICATION_HINT }),
  lineField({ path: 'on_success', label: 'Notify on success', hint: NOTIFICATION_HINT }),
  lineField({ path: 'on_late', label: 'Notify when late', hint: NOTIFICATION_HINT }),
];

/** The fields that jobs of every type have. */
export const COMMON_FIELDS: readonly JobField[] = [
  ...generalFields(true),
  ...TIMING_FIELDS,
  ...EXECUTION_FIELDS,
  ...NOTIFICATION_FIELDS,
];
