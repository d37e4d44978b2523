import { createHash } from 'node:crypto';
import { ulid } from 'ulidx';
import { describe, expect, it } from 'vitest';
import { createApiKeyIssuer } from '../../../../../functions/core/platform/api-key-issuer.ts';
import { newTenant } from '../../../../helpers/builders/jobs.ts';

const SECRET = 'c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3I';

/** A stage whose MAC keys can be unavailable, and issuers of its execution environments. */
function givenStage() {
  const stage = { loads: 0, isDown: false, time: 0 };
  const createIssuer = (generation: number) =>
    createApiKeyIssuer({
      getMacKey: async (of) => {
        stage.loads++;
        if (stage.isDown) throw new Error('ThrottlingException');
        return createHash('sha256').update(String(of)).digest();
      },
      generation,
      now: () => stage.time,
    });
  return { stage, createIssuer };
}

describe('createApiKeyIssuer', () => {
  it('loads a MAC key once for any number of keys', async () => {
    const { stage, createIssuer } = givenStage();
    const issuer = createIssuer(1);

    const keys = await Promise.all(Array.from({ length: 20 }, () => issuer.issue(newTenant(), ulid(), SECRET)));

    for (const key of keys) expect(await issuer.verify(key)).toMatchObject({ generation: 1 });
    expect(stage.loads).toBe(1);
  });

  it('accepts keys of the previous generation after a rotation, and no older ones', async () => {
    const { createIssuer } = givenStage();
    const [tenant, id] = [newTenant(), ulid()];
    const old = await createIssuer(1).issue(tenant, id, SECRET);

    expect(await createIssuer(2).verify(old)).toMatchObject({ tenant, id });
    expect(await createIssuer(3).verify(old)).toBeUndefined();
  });

  it('accepts keys of the next generation, which another function issues during a deployment', async () => {
    const { createIssuer } = givenStage();
    const early = await createIssuer(2).issue(newTenant(), ulid(), SECRET);

    expect(await createIssuer(1).verify(early)).toMatchObject({ generation: 2 });
  });

  it('asks for the MAC key once a second at most while it is unavailable', async () => {
    const { stage, createIssuer } = givenStage();
    const issuer = createIssuer(1);
    const key = await createIssuer(1).issue(newTenant(), ulid(), SECRET);
    stage.isDown = true;
    stage.loads = 0;

    for (let i = 0; i < 5; i++) {
      await expect(issuer.verify(key)).rejects.toMatchObject({
        kind: 'unavailable',
        code: 'auth.api_keys_unavailable',
      });
    }

    expect(stage.loads).toBe(1);
    stage.isDown = false;
    stage.time += 1_000;
    expect(await issuer.verify(key)).toBeDefined();
  });
});
