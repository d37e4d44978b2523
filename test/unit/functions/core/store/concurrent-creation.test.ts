import { expect, test } from 'vitest';
import { createCursorSigner } from '../../../../../functions/api/http/cursor.ts';
import { drawTokens } from '../../../../../functions/core/store/request-rates.ts';
import { acquireRotation } from '../../../../../functions/core/store/rotations.ts';
import { newTenant } from '../../../../helpers/builders/jobs.ts';
import { memoryDb } from '../../../../helpers/fakes/memory-db.ts';
import { START } from '../../../../helpers/fakes/platform.ts';

/** Tests of tenant data that several instances create concurrently. */
const db = memoryDb();
const refusal = () => new Error('none of this list');

test('creates cursors that are valid for both of two concurrent instances', async () => {
  const tenant = newTenant();
  const [one, other] = [1, 2].map(() => createCursorSigner({ db, now: () => START }, refusal));
  if (!one || !other) throw new Error('no cursors');

  const made = await Promise.all([one, other].map((cursors) => cursors.create(tenant, 'runs', 'here')));

  for (const cursor of made) {
    expect(await one.verify(tenant, 'runs', cursor)).toBe('here');
    expect(await other.verify(tenant, 'runs', cursor)).toBe('here');
  }
});

test('lets one of two concurrent rotations proceed, and another one later', async () => {
  const tenant = newTenant();

  expect(await Promise.all([acquireRotation(db, tenant, START), acquireRotation(db, tenant, START)])).toEqual([
    true,
    false,
  ]);
  expect(await acquireRotation(db, tenant, START + 60_000)).toBe(true);
});

test('never draws more tokens than the bucket holds, in spite of concurrent draws', async () => {
  const tenant = newTenant();
  const rate = { perSecond: 10, burst: 20 };
  const draw = () => drawTokens(db, tenant, { seen: undefined, wanted: 4, now: START * 1_000 }, rate);

  const drawn = await Promise.all(Array.from({ length: 6 }, draw));

  // Tokens valid in advance are not part of the bucket: half of the burst here.
  expect(drawn.reduce((sum, one) => sum + (one.ok ? one.count : 0), 0)).toBe(10);
});
