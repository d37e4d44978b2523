import { expect, test } from 'vitest';
import { createCursorSigner } from '../../../../../functions/api/http/cursor.ts';
import { newTenant } from '../../../../helpers/builders/jobs.ts';
import { memoryDb } from '../../../../helpers/fakes/memory-db.ts';
import { START } from '../../../../helpers/fakes/platform.ts';

const db = memoryDb();
const refusal = () => new Error('invalid cursor');

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
