import { describe, expect, it } from 'vitest';
import { createKms } from '../../../../../functions/core/platform/kms.ts';
import { getMacKey } from '../../../../../functions/core/platform/mac-key.ts';
import type { Db } from '../../../../../functions/core/store/db.ts';
import { findMacKey, putMacKey } from '../../../../../functions/core/store/mac-keys.ts';
import { memoryDb } from '../../../../helpers/fakes/memory-db.ts';
import { OTHER_KEY, SECRETS_KEY, startTestKms } from '../../../../helpers/system/test-kms.ts';

/** Creates the options of an execution environment of a stage with this database. */
async function givenStage(db: Db = memoryDb()) {
  const { endpoint } = await startTestKms();
  const environment = (keyArn = SECRETS_KEY) => ({ db: () => db, kms: createKms({ endpoint }), keyArn });
  return { db, environment };
}

describe('getMacKey', () => {
  it('returns the same key in every environment, and another one for each generation', async () => {
    const { environment } = await givenStage();

    const first = await getMacKey(environment(), 1);
    const [again, other] = await Promise.all([getMacKey(environment(), 1), getMacKey(environment(), 2)]);

    expect(first).toHaveLength(32);
    expect(again).toEqual(first);
    expect(other).not.toEqual(first);
  });

  it('returns the same key in environments that create it at the same time', async () => {
    const { environment } = await givenStage();

    const keys = await Promise.all(Array.from({ length: 5 }, () => getMacKey(environment(), 1)));

    for (const key of keys) expect(key).toEqual(keys[0]);
  });

  it('stores the key encrypted', async () => {
    const { db, environment } = await givenStage();

    const key = await getMacKey(environment(), 1);

    const stored = Buffer.from((await findMacKey(db, 1)) ?? []);
    expect(stored.length).toBeGreaterThan(32);
    expect(stored.includes(Buffer.from(key))).toBe(false);
  });

  it('rejects a stored key of another KMS key', async () => {
    const { environment } = await givenStage();
    await getMacKey(environment(OTHER_KEY), 1);

    await expect(getMacKey(environment(), 1)).rejects.toThrow('the MAC key of generation 1 cannot be decrypted');
  });
});

describe('putMacKey', () => {
  it('does not replace a key', async () => {
    const { db } = await givenStage();
    const [first, second] = [new Uint8Array([1]), new Uint8Array([2])];

    const stored = [await putMacKey(db, 1, first), await putMacKey(db, 1, second)];

    expect(stored).toEqual([true, false]);
    expect(await findMacKey(db, 1)).toEqual(first);
  });
});
