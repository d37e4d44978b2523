import { expect, test } from 'vitest';
import { drawRequestTokens } from '../../../../../functions/core/store/request-rates.ts';
import { newTenant } from '../../../../helpers/builders/jobs.ts';
import { memoryDb } from '../../../../helpers/fakes/memory-db.ts';
import { START } from '../../../../helpers/fakes/platform.ts';

const db = memoryDb();

test('never draws more tokens than the bucket holds, in spite of concurrent draws', async () => {
  const tenant = newTenant();
  const rate = { perSecond: 10, burst: 20 };
  const draw = () => drawRequestTokens(db, tenant, { seen: undefined, wanted: 4, now: START * 1_000 }, rate);

  const drawn = await Promise.all(Array.from({ length: 6 }, draw));

  // Tokens valid in advance are not part of the bucket: half of the burst here.
  expect(drawn.reduce((sum, one) => sum + (one.ok ? one.count : 0), 0)).toBe(10);
});
