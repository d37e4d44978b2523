import { describe, expect, test } from 'vitest';
import { toTenantText, withoutArns } from '../../../../../functions/core/domain/service-error-text.ts';

describe('withoutArns', () => {
  test.each([
    [
      'User: arn:aws:sts::123456789012:assumed-role/jobdeck-prod-worker/fn is not authorized to perform: sqs:sendmessage on resource: arn:aws:sqs:eu-central-1:123456789012:work.fifo because no policy allows it',
      'User: (ARN) is not authorized to perform: sqs:sendmessage on resource: (ARN) because no policy allows it',
    ],
    [
      'Function not found: "arn:aws-cn:lambda:cn-north-1:123456789012:function:a", again',
      'Function not found: "(ARN)", again',
    ],
    [
      'https://sqs.eu-central-1.amazonaws.com/123456789012/work',
      'https://sqs.eu-central-1.amazonaws.com/(account)/work',
    ],
    ['order 1234567890123 of barn:aws is kept', 'order 1234567890123 of barn:aws is kept'],
  ])('replaces ARNs and ids of accounts in %s', (text, expected) => {
    expect(withoutArns(text)).toBe(expected);
  });
});

describe('toTenantText', () => {
  test('names the error', () => {
    const error = Object.assign(new Error('no arn:aws:iam::123456789012:role/worker'), { name: 'AccessDenied' });

    expect(toTenantText(error)).toBe('AccessDenied: no (ARN)');
    expect(toTenantText('none')).toBe('none');
  });
});
