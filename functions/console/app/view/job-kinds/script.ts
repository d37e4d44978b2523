import { lineField, linesField, pairsField } from '../job-field.ts';
import { type JobKind, SECRET_HINT } from './job-kind.ts';

export const SCRIPT: JobKind = {
  type: 'script',
  label: 'Script',
  fields: [
    lineField({
      path: 'script',
      label: 'Script',
      hint: 'Name of a deployed script.',
      initial: 'echo',
      isRequired: true,
    }),
    linesField({ path: 'args', label: 'Arguments', hint: 'One per line.' }),
    pairsField({
      path: 'env',
      label: 'Environment',
      hint: `NAME=value, one per line. ${SECRET_HINT}`,
      between: '=',
      isWide: true,
    }),
  ],
};
