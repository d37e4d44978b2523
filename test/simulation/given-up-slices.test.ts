import { describe, expect, it } from 'vitest';
import { giveUpSlice } from '../../functions/core/engine/flow/lost-slice.ts';
import { getRun } from '../../functions/core/store/runs.ts';
import { behind, careful, drain, givenFlow, numbers, started } from '../helpers/flow-world.ts';
import { memoryDb } from '../helpers/memory-db.ts';
import { testPlatform } from '../helpers/platform.ts';

/** Messages of slices that killed every worker that took them. */
const store = { db: memoryDb() };

const RECEIVES = 3;

async function given() {
  const platform = testPlatform(store.db);
  const sink = careful();
  behind(platform, { sources: [numbers(2, 30)], sinks: [sink] });
  platform.sliceMs = 0;
  const ref = await started(platform, await givenFlow(platform));
  return { platform, sink, ref };
}

describe('a slice whose message was given up', () => {
  it('fails its run at once, and says why', async () => {
    const { platform, ref, sink } = await given();
    const [first] = platform.slices.splice(0);
    if (!first) throw new Error('no slice was sent');

    await giveUpSlice(platform, { v: 1, ...first }, RECEIVES);
    await drain(platform);

    expect(await getRun(store.db, ref)).toMatchObject({
      state: 'failed',
      failure: { kind: 'lost', message: 'its message was given up after 3 receives' },
    });
    expect(sink.deliveries).toBe(0);
  });

  it('and that another message of it began goes on', async () => {
    const { platform, ref, sink } = await given();
    const [first] = platform.slices;
    if (!first) throw new Error('no slice was sent');
    await drain(platform, platform, 1);

    await giveUpSlice(platform, { v: 1, ...first }, RECEIVES);
    await drain(platform);

    expect(await getRun(store.db, ref)).toMatchObject({ state: 'completed' });
    expect(sink.values()).toHaveLength(60);
  });

  it('twice, or after its run has ended, changes nothing more', async () => {
    const { platform, ref } = await given();
    const [first] = platform.slices.splice(0);
    if (!first) throw new Error('no slice was sent');
    await giveUpSlice(platform, { v: 1, ...first }, RECEIVES);
    await drain(platform);
    const before = await getRun(store.db, ref);

    await giveUpSlice(platform, { v: 1, ...first }, RECEIVES);

    expect(await getRun(store.db, ref)).toEqual(before);
  });
});
