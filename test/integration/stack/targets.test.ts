import { describe, expect, it } from 'vitest';
import { Env } from '../../../functions/core/platform/env-names.ts';
import type { TargetSettings } from '../../../lib/targets/settings.ts';
import { createTeamApp, embed } from '../../helpers/stack/embedding.ts';
import { ACCOUNT, REGION } from '../../helpers/stack/intrinsics.ts';
import { isAllowed, statementsOf, tenantStatementsOf } from '../../helpers/stack/policies.ts';
import { resolveApp } from '../../helpers/stack/synthesized.ts';

const arn = (service: string, resource: string) => `arn:aws:${service}:eu-west-1:123456789012:${resource}`;

const TARGETS = {
  work: { queue: arn('sqs', 'work.fifo'), tenants: ['acme'] },
  report: { lambda: arn('lambda', 'function:report:live'), local: { module: './report.ts' } },
  bus: { eventBus: arn('events', 'event-bus/orders') },
} as const satisfies Readonly<Record<string, TargetSettings>>;

/** Each permission of a target, and the same action on a resource that is not declared. */
const PERMISSIONS = [
  ['sqs:SendMessage', TARGETS.work.queue, arn('sqs', 'other')],
  ['sqs:GetQueueUrl', TARGETS.work.queue, arn('sqs', 'other')],
  ['lambda:InvokeFunction', TARGETS.report.lambda, arn('lambda', 'function:report')],
  ['events:PutEvents', TARGETS.bus.eventBus, arn('events', 'event-bus/default')],
] as const;

function given(targets: Readonly<Record<string, TargetSettings>>) {
  const { app, stack } = createTeamApp({ env: { account: ACCOUNT, region: REGION } });
  embed(stack, { stage: 'prod', targets });
  return resolveApp(app);
}

const synthesized = given(TARGETS);

const environmentOf = (name: string): Readonly<Record<string, string>> => {
  const { Environment } = synthesized.fn(name).Properties as {
    readonly Environment: { readonly Variables: Readonly<Record<string, string>> };
  };
  return Environment.Variables;
};

const functionNames = synthesized
  .of('AWS::Lambda::Function')
  .map(({ Properties }) => String(Properties.FunctionName).replace('jobdeck-prod-', ''));

describe('the targets of a stage', () => {
  it.each(PERMISSIONS)('permit %s on the declared resource to the worker only', async (action, declared, other) => {
    const allowed: string[] = [];
    for (const name of functionNames) {
      const statements = [...statementsOf(synthesized, name), ...tenantStatementsOf(synthesized, name)];
      if (await isAllowed(statements, action, declared)) allowed.push(name);
      expect(await isAllowed(statements, action, other), `${name} on ${other}`).toBe(false);
    }

    expect(allowed).toEqual(['worker']);
  });

  it('are in the environment of the worker, and without their resources in that of the function that validates jobs', () => {
    expect(JSON.parse(environmentOf('worker')[Env.targets] ?? '')).toEqual({
      work: { type: 'queue', queue: TARGETS.work.queue, tenants: ['acme'] },
      report: { type: 'lambda', function: TARGETS.report.lambda },
      bus: { type: 'event', eventBus: TARGETS.bus.eventBus },
    });
    expect(JSON.parse(environmentOf('api-runner')[Env.targets] ?? '')).toEqual({
      work: { type: 'queue', tenants: ['acme'] },
      report: { type: 'lambda' },
      bus: { type: 'event' },
    });
    const others = functionNames.filter((name) => name !== 'worker' && name !== 'api-runner');
    expect(others.filter((name) => Env.targets in environmentOf(name))).toEqual([]);
  });

  it('fail if they do not fit into the environment of a function', () => {
    const many = Array.from({ length: 40 }, (_, i) => [`queue-${i}`, TARGETS.work] as const);

    expect(() => given(Object.fromEntries(many))).toThrow(/targets must have at most 2000 characters together/);
  });
});
