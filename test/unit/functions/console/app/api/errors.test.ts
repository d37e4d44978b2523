import { expect, it } from 'vitest';
import { apiErrorMessage } from '../../../../../../functions/console/app/api/errors.ts';

it.each([
  ['integrations', { statusCode: 403, message: 'No', error: 'Forbidden' }],
  ['admin', { success: false, message: 'No', error: 'Job not found' }],
  ['runner', { error: 'No' }],
  ['flows', { errors: [{ code: 'not_found', message: 'No' }] }],
  ['pipelines', { error: { code: 'not_found', message: 'No' } }],
  ['gateway', { message: 'No' }],
])('finds the message in an error response of %s', (_, body) => {
  expect(apiErrorMessage(400, body)).toBe('No');
});

it.each([[undefined], [null], ['text'], [{}], [{ errors: [] }]])('falls back to the status for the body %j', (body) => {
  expect(apiErrorMessage(502, body)).toBe('The API returned HTTP 502');
});
