import { describe, expect, it } from 'vitest';
import { checkConcurrency, parseAccountSettings, queueConcurrency } from '../../../lib/account-concurrency.ts';

const account = (quota: number) => ({ AccountLimit: { UnreservedConcurrentExecutions: quota } });

describe('checkConcurrency', () => {
  it('accepts a quota that leaves 100 executions to the API', () => {
    expect(checkConcurrency(142, account(242))).toMatchObject({
      isSufficient: true,
      message:
        'The queues of the stage may use 142 of 242 concurrent executions. 100 remain for the API and other functions.',
    });
  });

  it.each([
    [142, 241, 1_000],
    [142, 10, 1_000],
    [2_000, 1_000, 2_100],
  ])(
    'rejects queues with %d executions in an account with %d and names the quota to request',
    (queues, quota, need) => {
      const { isSufficient, message } = checkConcurrency(queues, account(quota));

      expect(isSufficient).toBe(false);
      expect(message).toContain(`may use ${queues} of ${quota} concurrent executions`);
      expect(message).toContain(`Request a quota of ${need}, or reduce workers, dispatchers, deliverers and sweepers`);
    },
  );
});

describe('queueConcurrency', () => {
  it('rejects a folder without a cloud assembly', () => {
    expect(() => queueConcurrency('nowhere')).toThrow('nowhere is not the output folder of cdk synth.');
  });
});

describe('parseAccountSettings', () => {
  it('reads the output of the AWS CLI', () => {
    const output = {
      AccountLimit: { ConcurrentExecutions: 1_000, UnreservedConcurrentExecutions: 900 },
      AccountUsage: {},
    };

    expect(parseAccountSettings(JSON.stringify(output))).toEqual(account(900));
  });

  it.each(['', 'Unable to locate credentials'])('rejects %j, which is not JSON', (text) => {
    expect(() => parseAccountSettings(text)).toThrow('must be the output of `aws lambda get-account-settings`');
  });

  it.each(['null', '{}', '{"AccountLimit":{"UnreservedConcurrentExecutions":"10"}}'])('rejects %s', (text) => {
    expect(() => parseAccountSettings(text)).toThrow('AccountLimit.UnreservedConcurrentExecutions must be a number');
  });
});
