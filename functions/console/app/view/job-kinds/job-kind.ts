import { type JobField, lineField } from '../job-field.ts';

/** A type of jobs in the form: what its runs execute. */
export interface JobKind {
  /** Value of `type` in a definition. */
  readonly type: string;
  readonly label: string;
  /** `true` if the jobs name a declared target. */
  readonly isNamed?: boolean;
  /** Fields of the target. The paths of different types differ. */
  readonly fields: readonly JobField[];
}

/** Part of the hint of a field whose values may refer to secrets. */
export const SECRET_HINT = '`{{secret:name}}` inserts the value of a secret.';

/** Returns the field of the name of a declared target. */
export const targetField = (type: string, label: string): JobField =>
  lineField({
    path: `${type}.target`,
    label,
    hint: 'Name that the team of the platform has declared.',
    list: 'targets',
    isRequired: true,
  });

/** Hint of the payload of a declared target. */
export const TARGET_PAYLOAD_HINT = 'JSON that runs without a payload of their own send.';
