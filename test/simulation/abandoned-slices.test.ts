import { describe, expect, it } from 'vitest';
import { failUndeliveredSlice } from '../../functions/core/engine/flow/slice/recover-task.ts';
import { getRun } from '../../functions/core/store/runs.ts';
import { givenFlow } from '../helpers/builders/flows.ts';
import { memoryDb } from '../helpers/fakes/memory-db.ts';
import { connectOperators, idempotentSink } from '../helpers/fakes/operators.ts';
import { testPlatform } from '../helpers/fakes/platform.ts';
import { replayableSource } from '../helpers/fakes/sources.ts';
import { drainSlices, startFlowRun } from '../helpers/simulations/process-messages.ts';

/** Slices whose message became a dead letter because it crashed every worker. */
const store = { db: memoryDb() };

const RECEIVES = 3;

async function given() {
  const platform = testPlatform(store.db);
  const sink = idempotentSink();
  connectOperators(platform, { sources: [replayableSource(2, 30)], sinks: [sink] });
  platform.sliceMs = 0;
  const ref = await startFlowRun(platform, await givenFlow(platform));
  return { platform, sink, ref };
}

describe('giveUpSlice', () => {
  it('fails the run at once with the reason', async () => {
    const { platform, ref, sink } = await given();
    const [first] = platform.slices.splice(0);
    if (!first) throw new Error('no slice was sent');

    await failUndeliveredSlice(platform, { v: 1, ...first }, RECEIVES);
    await drainSlices(platform);

    expect(await getRun(store.db, ref)).toMatchObject({
      state: 'failed',
      failure: { kind: 'lost', message: 'its message was abandoned after 3 receives' },
    });
    expect(sink.deliveries).toBe(0);
  });

  it('leaves a slice that another copy of the message has started', async () => {
    const { platform, ref, sink } = await given();
    const [first] = platform.slices;
    if (!first) throw new Error('no slice was sent');
    await drainSlices(platform, platform, 1);

    await failUndeliveredSlice(platform, { v: 1, ...first }, RECEIVES);
    await drainSlices(platform);

    expect(await getRun(store.db, ref)).toMatchObject({ state: 'completed' });
    expect(sink.values()).toHaveLength(60);
  });

  it('changes nothing if it is called twice or after the end of the run', async () => {
    const { platform, ref } = await given();
    const [first] = platform.slices.splice(0);
    if (!first) throw new Error('no slice was sent');
    await failUndeliveredSlice(platform, { v: 1, ...first }, RECEIVES);
    await drainSlices(platform);
    const before = await getRun(store.db, ref);

    await failUndeliveredSlice(platform, { v: 1, ...first }, RECEIVES);

    expect(await getRun(store.db, ref)).toEqual(before);
  });
});
