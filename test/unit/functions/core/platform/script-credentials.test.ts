import type { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Env } from '../../../../../functions/core/platform/env-names.ts';
import { createScriptCredentials } from '../../../../../functions/core/platform/script-credentials.ts';
import { acme } from '../../../../helpers/builders/executions.ts';

const PATTERN = 'arn:aws:iam::111122223333:role/jobdeck-prod-script-*-eu-central-1';

beforeEach(() => {
  vi.stubEnv('AWS_REGION', 'eu-central-1');
  vi.stubEnv(Env.scriptRoles, 'refund,sync-orders');
  vi.stubEnv(Env.scriptRoleArns, PATTERN);
});

afterEach(() => vi.unstubAllEnvs());

/** An issuer with a fake STS, which numbers the credentials. */
function given() {
  const asked: unknown[] = [];
  const send = vi.fn(async ({ input }: AssumeRoleCommand) => {
    const number = asked.push(input);
    return { Credentials: { AccessKeyId: `ASIA${number}`, SecretAccessKey: 's', SessionToken: 't' } } as object;
  });
  const issue = createScriptCredentials({ send } as unknown as Pick<STSClient, 'send'>);
  const session = {
    script: 'sync-orders',
    tenant: acme,
    runId: 'orders.k3f9.01JNXA3V5T9YV0Q2Z6W8M4R7B1',
    durationMs: 305_000,
  };
  return { asked, send, issue, session };
}

describe('createScriptCredentials', () => {
  it('assumes the role of the script for one run, with the tenant as a tag', async () => {
    const { asked, issue, session } = given();

    const variables = await issue(session);

    expect(variables).toEqual({
      AWS_ACCESS_KEY_ID: 'ASIA1',
      AWS_SECRET_ACCESS_KEY: 's',
      AWS_SESSION_TOKEN: 't',
      AWS_REGION: 'eu-central-1',
    });
    expect(asked).toEqual([
      {
        RoleArn: PATTERN.replace('*', 'sync-orders'),
        RoleSessionName: session.runId,
        Tags: [{ Key: 'tenant', Value: 'acme' }],
        DurationSeconds: 900,
      },
    ]);
  });

  it('issues other credentials to each run', async () => {
    const { issue, session } = given();

    const issued = await Promise.all([issue(session), issue(session), issue({ ...session, script: 'refund' })]);

    expect(new Set(issued.map((variables) => variables?.AWS_ACCESS_KEY_ID)).size).toBe(3);
  });

  it('issues no credentials to a script without a role', async () => {
    const { issue, session, asked } = given();

    expect(await issue({ ...session, script: 'echo' })).toBeUndefined();
    expect(asked).toEqual([]);
  });

  it.each([
    ['the minimum of AWS', 1_000, 900],
    ['the time that the attempt may take', 1_000_001, 1_001],
    ['the maximum of a role that assumes another', 86_400_000, 3_600],
  ])('opens a session for %s', async (_, durationMs, expected) => {
    const { issue, session, asked } = given();

    await issue({ ...session, durationMs });

    expect(asked).toMatchObject([{ DurationSeconds: expected }]);
  });

  it('names the session by the end of a long run id, in the characters of STS', async () => {
    const { issue, session, asked } = given();

    await issue({ ...session, runId: `${'job '.repeat(20)}.k3f9.01JNXA3V5T9YV0Q2Z6W8M4R7B1` });

    const [{ RoleSessionName: name }] = asked as [{ RoleSessionName: string }];
    expect(name).toMatch(/^[\w+=,.@-]{64}$/);
    expect(name.endsWith('.k3f9.01JNXA3V5T9YV0Q2Z6W8M4R7B1')).toBe(true);
  });

  it.each([
    ['rejects the request', async () => Promise.reject(new Error('AccessDenied'))],
    ['returns no credentials', async () => ({})],
  ])('reports that the role is unavailable if STS %s', async (_, answer) => {
    const { issue, session, send } = given();
    send.mockImplementationOnce(answer);

    await expect(issue(session)).rejects.toMatchObject({
      name: 'ScriptRoleUnavailableError',
      message: "the role of the script 'sync-orders' cannot be assumed now",
    });
    expect(await issue(session)).toBeDefined();
  });

  it.each([
    ['AccessDenied', 'client', 'AccessDenied'],
    ['ValidationError', 'client', 'ValidationError'],
    ['Throttling', 'client', undefined],
    ['ExpiredToken', 'client', undefined],
    ['InternalFailure', 'server', undefined],
  ])('tells a refusal of STS from an error that passes: %s', async (name, $fault, refusal) => {
    const { issue, session, send } = given();
    send.mockRejectedValueOnce(Object.assign(new Error('arn:aws:iam::1:role/x'), { name, $fault }));

    const error = await issue(session).catch((thrown: unknown) => thrown);

    expect(error).toMatchObject({ name: 'ScriptRoleUnavailableError', refusal });
    expect(String(error)).not.toContain('arn:');
  });
});
