import { type FormTexts, type JobField, lineField, numberField } from './job-field.ts';

const hasLimit = (rule: string) => (form: FormTexts) => (form[`${rule}.limit`] ?? '').trim() !== '';

/** The fields that determine which runs a rule counts together. They are shown with its limit. */
const keyFields = (rule: 'concurrency' | 'throttle', label: string): readonly JobField[] => [
  lineField({
    path: `${rule}.key`,
    label: `${label} key`,
    hint: 'Field of the payload, such as `customer.id`: runs with the same value count together. Empty: all runs.',
    isShown: hasLimit(rule),
  }),
  lineField({
    path: `${rule}.group`,
    label: `${label} group`,
    hint: 'Jobs with the same group count their runs together. Empty: only the runs of this job.',
    isShown: hasLimit(rule),
  }),
];

/** The fields of the limits of active and of started runs. A job without a limit has no such rule. */
export const LIMIT_FIELDS: readonly JobField[] = [
  numberField({
    path: 'concurrency.limit',
    label: 'Concurrency limit',
    hint: '1–100 active runs. Empty: no limit.',
    isOptional: true,
  }),
  ...keyFields('concurrency', 'Concurrency'),
  numberField({
    path: 'throttle.limit',
    label: 'Throttle limit',
    hint: '1–100 runs started in an interval. Empty: no limit.',
    isOptional: true,
  }),
  numberField({
    path: 'throttle.per_s',
    label: 'Throttle interval (seconds)',
    hint: '1–86,400.',
    initial: '60',
    isShown: hasLimit('throttle'),
  }),
  ...keyFields('throttle', 'Throttle'),
];
