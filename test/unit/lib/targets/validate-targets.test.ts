import { describe, expect, it } from 'vitest';
import { type StageSettings, stageConfig } from '../../../../lib/config.ts';

const queue = 'arn:aws:sqs:eu-central-1:123456789012:work.fifo';
const lambda = 'arn:aws:lambda:eu-central-1:123456789012:function:report:live';
const eventBus = 'arn:aws:events:eu-central-1:123456789012:event-bus/orders';
/** A value of the CDK that the deployment replaces, as text. */
const TOKEN = ['$', '{Token[TOKEN.7]}'].join('');
const targetsOf = (targets: unknown) => stageConfig('prod', { targets } as StageSettings).targets;

describe('the setting targets', () => {
  it('accepts functions, queues and event buses, for all tenants or for some', () => {
    const targets = {
      report: { lambda, local: { module: 'functions/report.ts' } },
      work: { queue, tenants: ['acme'] },
      bus: { eventBus },
      later: { queue: TOKEN },
    };

    expect(targetsOf(targets)).toEqual(targets);
  });

  it('is empty by default', () => {
    expect(stageConfig('prod', {}).targets).toEqual({});
  });

  it.each([
    ['a list', [], 'targets must be an object, got []'],
    ['a name with capitals', { Work: { queue } }, 'targets must be an object whose names are 1–64 of a–z 0–9 -'],
    ['a target without a resource', { work: { tenants: ['acme'] } }, 'targets.work must be an object with one of'],
    ['a target with two resources', { work: { queue, eventBus } }, 'targets.work must be an object with one of'],
    ['text', { work: queue }, 'targets.work must be an object with one of'],
    ['a kind that does not exist', { work: { topic: 'x' } }, 'targets.work must be an object with one of'],
    [
      'an unknown field',
      { work: { queue, group: 'x' } },
      'targets.work.group must be one of queue, tenants, got "group"',
    ],
    ['an ARN of another service', { work: { queue: eventBus } }, 'targets.work.queue must be the ARN of an SQS queue'],
    [
      'an ARN with a wildcard',
      { work: { queue: 'arn:aws:sqs:eu-central-1:123456789012:*' } },
      'targets.work.queue must be the ARN of an SQS queue, got "arn:aws:sqs:eu-central-1:123456789012:*"',
    ],
    ['the ARN of a queue as a function', { report: { lambda: queue } }, 'must be the ARN of a Lambda function'],
    [
      'a local part without a module',
      { report: { lambda, local: {} } },
      'targets.report.local must be an object with module, got {}',
    ],
    [
      'an empty module',
      { report: { lambda, local: { module: '' } } },
      'targets.report.local.module must be the path of a module',
    ],
    ['the ARN of a queue as a bus', { bus: { eventBus: queue } }, 'must be the ARN of an EventBridge event bus'],
    ['no tenant', { work: { queue, tenants: [] } }, 'targets.work.tenants must be a list of 1–100 tenants, got []'],
    ['a malformed tenant', { work: { queue, tenants: ['a b'] } }, 'targets.work.tenants[0] must be 1–64 of A–Z'],
  ])('refuses %s', (_, targets, message) => {
    expect(() => targetsOf(targets)).toThrow(message);
  });
});
