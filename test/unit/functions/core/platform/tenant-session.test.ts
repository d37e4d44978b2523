import type { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { describe, expect, test } from 'vitest';
import { parseTenantId, type TenantId } from '../../../../../functions/core/domain/tenant.ts';
import { createTenantSession } from '../../../../../functions/core/platform/tenant-session.ts';

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const acme = parseTenantId('acme') as TenantId;

/** A session with a fake STS and a clock that the test controls. */
function sessionOf(tenant: TenantId = acme) {
  const asked: unknown[] = [];
  const world = { time: Date.UTC(2031, 0, 1), isDown: false, answer: async () => {} };
  const send = async (command: AssumeRoleCommand) => {
    asked.push(command.input);
    await world.answer();
    if (world.isDown) throw new Error('STS is down');
    const Expiration = new Date(world.time + HOUR_MS);
    const Credentials = { AccessKeyId: `ASIA${asked.length}`, SecretAccessKey: 's', SessionToken: 't', Expiration };
    return { Credentials };
  };
  const sts = { send } as unknown as STSClient;
  const get = createTenantSession({ sts, roleArn: 'arn:role', now: () => world.time }, tenant);
  return { get, asked, world };
}

describe('createTenantSession', () => {
  test('requests a session for the tenant in its tag, with the maximum duration of role chaining', async () => {
    const { get, asked } = sessionOf();

    expect(await get()).toMatchObject({ accessKeyId: 'ASIA1', sessionToken: 't' });

    expect(asked).toEqual([
      {
        RoleArn: 'arn:role',
        RoleSessionName: 'acme',
        Tags: [{ Key: 'tenant', Value: 'acme' }],
        DurationSeconds: 3_600,
      },
    ]);
  });

  test('pads the session name to the minimum length of STS', async () => {
    const { get, asked } = sessionOf(parseTenantId('a') as TenantId);
    await get();
    expect(asked).toMatchObject([{ RoleSessionName: 'a=', Tags: [{ Value: 'a' }] }]);
  });

  test('shares one session among concurrent and later callers', async () => {
    const { get, asked } = sessionOf();

    const given = await Promise.all([get(), get(), get()]);
    await get();

    expect(asked).toHaveLength(1);
    expect(new Set(given.map(({ accessKeyId }) => accessKeyId))).toEqual(new Set(['ASIA1']));
  });

  test('renews a session before it expires, sooner than the SDK requests another one', async () => {
    const { get, asked, world } = sessionOf();
    await get();

    world.time += HOUR_MS - 11 * MINUTE_MS;
    expect(await get()).toMatchObject({ accessKeyId: 'ASIA1' });
    world.time += 2 * MINUTE_MS;
    expect(await get()).toMatchObject({ accessKeyId: 'ASIA2' });
    expect(asked).toHaveLength(2);
  });

  test('uses a session that cannot be renewed until it expires, and pauses calls to STS', async () => {
    const { get, asked, world } = sessionOf();
    await get();
    world.isDown = true;

    world.time += HOUR_MS - 9 * MINUTE_MS;
    expect(await get()).toMatchObject({ accessKeyId: 'ASIA1' });
    expect(await get()).toMatchObject({ accessKeyId: 'ASIA1' });
    expect(asked).toHaveLength(2);

    world.time += 20_000;
    world.isDown = false;
    expect(await get()).toMatchObject({ accessKeyId: 'ASIA3' });
  });

  test('fails with a retryable error when the session has expired and cannot be renewed', async () => {
    const { get, world } = sessionOf();
    await get();
    world.isDown = true;
    world.time += HOUR_MS;

    await expect(get()).rejects.toMatchObject({ kind: 'unavailable', code: 'session.unavailable' });

    world.isDown = false;
    expect(await get()).toMatchObject({ accessKeyId: 'ASIA3' });
  });

  test('retries a failed request to STS for the next caller', async () => {
    const { get, asked, world } = sessionOf();
    world.isDown = true;
    const failed = await Promise.allSettled([get(), get()]);
    expect(failed.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(asked).toHaveLength(1);

    world.isDown = false;
    expect(await get()).toMatchObject({ accessKeyId: 'ASIA2' });
  });
});
