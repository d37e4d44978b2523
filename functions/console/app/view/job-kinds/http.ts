import { choiceField, lineField, pairsField, textField } from '../job-field.ts';
import { type JobKind, SECRET_HINT } from './job-kind.ts';

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];

export const HTTP: JobKind = {
  type: 'http',
  label: 'HTTP request',
  fields: [
    lineField({
      path: 'http.url',
      label: 'URL',
      hint: 'Public addresses only, unless the platform permits others.',
      inputMode: 'url',
      isRequired: true,
      isWide: true,
    }),
    choiceField({ path: 'http.method', label: 'Method', options: METHODS.map((method) => [method, method]) }),
    pairsField({
      path: 'http.headers',
      label: 'Headers',
      hint: `Name: value, one per line. ${SECRET_HINT}`,
      between: ':',
    }),
    textField({
      path: 'http.body',
      label: 'Body',
      hint: 'Sent as JSON unless a Content-Type header is set.',
      rows: 4,
      isWide: true,
    }),
  ],
};
