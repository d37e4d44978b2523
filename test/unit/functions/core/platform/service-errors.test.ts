import {
  ConditionalCheckFailedException,
  InternalServerError,
  ProvisionedThroughputExceededException,
} from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from 'vitest';
import { InvalidInput, JobdeckError } from '../../../../../functions/core/domain/errors.ts';
import { isServiceUnavailable } from '../../../../../functions/core/platform/service-errors.ts';

const DETAILS = { message: 'no', $metadata: {} };

describe('isServiceUnavailable', () => {
  it.each([
    ['a throttled partition', new ProvisionedThroughputExceededException(DETAILS)],
    ['a server error', new InternalServerError(DETAILS)],
    ['a timeout', Object.assign(new Error('no'), { name: 'TimeoutError' })],
    ['a refused connection', Object.assign(new Error('no'), { code: 'ECONNREFUSED' })],
    ['a batch that was not processed', new JobdeckError('unavailable', 'batch.throttled', 'no')],
  ])('recognizes %s', (_, error) => {
    expect(isServiceUnavailable(error)).toBe(true);
  });

  it.each([
    ['a failed condition', new ConditionalCheckFailedException(DETAILS)],
    ['an item that is too large', Object.assign(new Error('no'), { name: 'ValidationException', $fault: 'client' })],
    ['invalid input', new InvalidInput('id', 'must be shorter')],
    ['a defect', new TypeError('x is not a function')],
    ['a missing file', Object.assign(new Error('no'), { code: 'ENOENT' })],
    ['a value that is not an error', 'throttled'],
  ])('does not mistake %s for an unavailable service', (_, error) => {
    expect(isServiceUnavailable(error)).toBe(false);
  });
});
