import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { FlowJobReader } from '../../functions/api/flows/flow-jobs.ts';
import type { Json } from '../../functions/core/domain/json.ts';
import type { RunRef } from '../../functions/core/domain/run.ts';
import { restartRun } from '../../functions/core/engine/flow/restart/restart-run.ts';
import { stopFlow } from '../../functions/core/engine/flow/stop/stop-flow.ts';
import type { Chain, DerivedRecord, TransformError } from '../../functions/core/executors/flow/chain.ts';
import type { SinkWriter } from '../../functions/core/executors/flow/sink-writer.ts';
import type { SourceReader } from '../../functions/core/executors/flow/source-reader.ts';
import { getRun } from '../../functions/core/store/runs.ts';
import { givenFlow } from '../helpers/builders/flows.ts';
import { Crash, faultyDb } from '../helpers/fakes/faulty-db.ts';
import { memoryDb } from '../helpers/fakes/memory-db.ts';
import { connectOperators } from '../helpers/fakes/operators.ts';
import { type TestPlatform, testPlatform } from '../helpers/fakes/platform.ts';
import { iterations } from '../helpers/iterations.ts';
import {
  drainSlices,
  processRunMessages,
  recoverBySweeping,
  startFlowRun,
} from '../helpers/simulations/process-messages.ts';

const db = memoryDb();

/** Random flows with faults: a fault hits every n-th number; 0 disables the fault. */
const flowCases = fc.record({
  sources: fc.array(
    fc.record({ records: fc.integer({ min: 1, max: 40 }), unreadable: fc.nat(5), staged: fc.boolean() }),
    {
      minLength: 1,
      maxLength: 2,
    },
  ),
  /** Two transforms: each fails for some numbers, filters some and duplicates others. */
  fails: fc.tuple(fc.nat(7), fc.nat(7)),
  filters: fc.nat(5),
  copies: fc.integer({ min: 1, max: 3 }),
  sinks: fc.array(fc.record({ refuses: fc.nat(6), slow: fc.boolean() }), { minLength: 1, maxLength: 3 }),
  parallelism: fc.integer({ min: 1, max: 3 }),
  crashAtCall: fc.nat(60),
  stopAfterSlices: fc.nat(4),
});
type FlowCase = typeof flowCases extends fc.Arbitrary<infer T> ? T : never;

const isNth = (n: number, value: Json) => n > 0 && (value as number) % n === 0;

function reader({ records, unreadable, staged }: FlowCase['sources'][number]): SourceReader {
  return {
    staged,
    unbounded: false,
    plan: async () => [null],
    async *read(_, from) {
      for (let at = (from as number | null) ?? 0; at < records; at += 10) {
        const next = Math.min(at + 10, records);
        const values = Array.from({ length: next - at }, (_, i) => at + i + 1);
        yield {
          records: values.map((value) =>
            isNth(unreadable, value) ? { failed: { input: `${value}`, message: 'no JSON' } } : { value },
          ),
          bytes: next - at,
          next: next < records ? next : null,
        };
      }
    },
  };
}

function chainOf({ fails, filters, copies }: FlowCase): Chain {
  const stage = (transform: number, records: readonly DerivedRecord[], errors: TransformError[]): DerivedRecord[] =>
    records.flatMap((record) => {
      if (isNth(fails[transform] ?? 0, record.value)) {
        errors.push({ transform, origin: record.origin, input: record.value, message: 'does not compute' });
        return [];
      }
      if (transform === 0) return isNth(filters, record.value) ? [] : [record];
      return Array.from({ length: copies }, (_, i) => ({ ...record, value: (record.value as number) + i }));
    });
  return {
    async apply(values) {
      const errors: TransformError[] = [];
      let outputs: DerivedRecord[] = values.map((value, origin) => ({ value, origin }));
      const passed: DerivedRecord[][] = [];
      const counts = [0, 1].map((transform) => {
        const [before, failedBefore] = [outputs.length, errors.length];
        outputs = stage(transform, outputs, errors);
        passed.push(outputs);
        return { in: before, out: outputs.length, errors: errors.length - failedBefore, ignored: 0 };
      });
      return { outputs, errors, outputsByTransform: passed, counts };
    },
    async [Symbol.asyncDispose]() {},
  };
}

function sink(platform: TestPlatform, { refuses, slow }: FlowCase['sinks'][number]): SinkWriter {
  return {
    async write({ records, resumeFrom: from = 0, isTimeUp: isLate = () => false }) {
      let through = from;
      while (through < records.length && (!slow || through === from || !isLate())) {
        if (slow) platform.advance(20_000);
        through += 1;
      }
      const refused = records.flatMap(({ value }, index) =>
        index >= from && index < through && isNth(refuses, value) ? [{ index, message: 'refused' }] : [],
      );
      return { refused, bytes: through - from, processed: through };
    },
  };
}

/** Asserts that the counts of the flow's job equal the sums over its steps. */
async function expectSums(platform: TestPlatform, ref: RunRef): Promise<void> {
  const jobs = new FlowJobReader(platform, ref.tenant);
  const flow = await jobs.find({ ref, kind: 'flow' });
  const steps = await jobs.listSteps(ref);
  const records = (await getRun(platform.db, ref))?.flow?.ended?.records;
  expect(flow?.numError).toBe(steps.reduce((sum, step) => sum + step.numError, 0));
  expect(flow?.numError).toBe(records?.error ?? flow?.numError);
  for (const step of steps) {
    expect(step.numIgnore).toBeGreaterThanOrEqual(0);
    expect({ id: step._id, numExport: step.numExport }).toEqual({
      id: step._id,
      numExport: step.numSuccess + step.numError + step.numIgnore,
    });
  }
}

it('counts each failed record of a flow at exactly one step across partial pages, crashes, stops and restarts', async () => {
  let errors = 0;
  await fc.assert(
    fc.asyncProperty(flowCases, async (world) => {
      const platform = testPlatform(db);
      platform.sliceMs = 0;
      const sinks = world.sinks.map((one) => sink(platform, one));
      connectOperators(platform, { sources: world.sources.map(reader), chain: chainOf(world), sinks });
      const job = await givenFlow(platform, {
        parallelism: world.parallelism,
        sources: world.sources.map((_, i) => ({ id: `in_${i}`, name: 'In', type: 'inline', records: [] })),
        transforms: [
          { id: 'first', name: 'First', type: 'filter', where: 'true' },
          { id: 'second', name: 'Second', type: 'flatMap', to: '$' },
        ],
        sinks: world.sinks.map((_, i) => ({ id: `out_${i}`, name: 'Out', type: 'preview' })),
      });
      const first = await startFlowRun(platform, job);
      const faulty = { ...platform, db: faultyDb(platform.db, { crashAtCall: world.crashAtCall }) };
      Object.defineProperty(faulty, 'open', { get: () => platform.open });
      await drainSlices(platform, faulty, world.stopAfterSlices).catch((error: unknown) => {
        if (!(error instanceof Crash)) throw error;
      });
      await expectSums(platform, first);

      const requestedAt = new Date(platform.now()).toISOString();
      await stopFlow(platform, first, 'ana@acme.test', { mode: 'checkpoint', requestedAt, timeoutMs: 30_000 });
      await recoverBySweeping(platform, job);
      await expectSums(platform, first);
      const run = await getRun(platform.db, first);
      errors += run?.flow?.ended?.records.error ?? 0;
      if (run?.state !== 'canceled' || !run.flow?.plan) return;
      const second = await restartRun(platform, job, run, {});
      await processRunMessages(platform);
      await drainSlices(platform);
      await recoverBySweeping(platform, job);

      expect(await getRun(platform.db, second)).toMatchObject({ state: 'completed', failure: null });
      await expectSums(platform, second);
    }),
    { numRuns: iterations(25, 60) },
  );
  expect(errors).toBeGreaterThan(0);
}, 120_000);
