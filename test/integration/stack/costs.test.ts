import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { projectRoot } from '../../../lib/project-root.ts';
import { evenly, formBatches, meanBatch } from '../../bench/cost/batches.ts';
import { costTables, withCostTables } from '../../bench/cost/markdown.ts';
import { costReport } from '../../bench/cost/model.ts';
import { stageFacts } from '../../bench/cost/stage.ts';
import { type MeasuredUnits, measureUnits } from '../../bench/cost/units.ts';
import { synth } from '../../helpers/stack/synth.ts';

const prod = await synth('prod');
const facts = stageFacts(prod);

const UNITS: MeasuredUnits = {
  run: { writes: 8, reads: 4 },
  calls: { dispatcher: 5, worker: 10 },
  storedBytes: 2_000,
  removal: { writes: 0, reads: 0.01 },
  counting: { 10: { writes: 1, reads: 1 }, 0.4: { writes: 3, reads: 2 } },
  idleTenant: { writes: 0, reads: 20 },
  idleSweeps: { writes: 1, reads: 20 },
  idleMetrics: 6,
};

const dollarsOf = (report: ReturnType<typeof costReport>, part: string) =>
  [...report.runs, ...report.seconds, ...report.month].find((line) => line.part === part)?.dollars;

describe('README of the deployment', () => {
  it('contains the costs that are measured (npm run docs:costs)', { timeout: 300_000 }, async () => {
    const readme = readFileSync(join(projectRoot, 'lib/README.md'), 'utf8');

    const tables = costTables(costReport(await measureUnits(facts.counterWindowSeconds), facts));

    expect(withCostTables(readme, tables)).toBe(readme);
  });
});

describe('stageFacts', () => {
  it('counts what the template of a stage contains', () => {
    expect(facts).toMatchObject({
      workerGb: 1_769 / 1_024,
      polledQueues: prod.of('AWS::SQS::Queue').length,
      dashboards: 1,
      tracesRuns: false,
      tracesCrons: false,
    });
    expect(facts.crons.find(({ name }) => name === 'publisher')?.invocations).toBe(43_800);
    expect(facts.alarmMetrics).toBeGreaterThan(prod.of('AWS::CloudWatch::Alarm').length);
  });
});

describe('costReport', () => {
  it('prices units on demand and provisioned', () => {
    const report = costReport(UNITS, facts);

    expect(dollarsOf(report, 'DynamoDB, writes')).toEqual([5, 5, expect.closeTo(2.063, 3), 5]);
    expect(dollarsOf(report, 'DynamoDB, reads')).toEqual([0.5, 0.5, expect.closeTo(0.206, 3), 0.5]);
  });

  it('charges a trace for every run below one a second if Lambda samples', () => {
    const report = costReport(UNITS, { ...facts, tracesRuns: true });

    const [, slow, , oneByOne] = dollarsOf(report, 'X-Ray') ?? [];
    expect([slow, oneByOne]).toEqual([10, expect.closeTo(1.45)]);
    expect(dollarsOf(costReport(UNITS, facts), 'X-Ray')).toEqual([0, 0, 0, 0]);
  });

  it('divides a second that waits among the runs of a worker', () => {
    const [one, four] = [1, 4].map((batchSize) =>
      dollarsOf(costReport(UNITS, { ...facts, runs: { ...facts.runs, batchSize } }), 'a second that waits'),
    );

    expect(one?.[0]).toBeCloseTo(23.03, 2);
    expect(four?.[0]).toBeCloseTo(23.03 / 4, 2);
  });

  it('charges six requests to SQS and two to Lambda for a run that is handled alone', () => {
    const report = costReport(UNITS, facts);

    expect(dollarsOf(report, 'SQS')?.[1]).toBeCloseTo(6 * 0.4 + 3 * 0.1, 9);
    expect(dollarsOf(report, 'Lambda requests')?.[1]).toBeCloseTo(2 * 0.2, 9);
    expect(dollarsOf(report, 'worker, around the script')?.[3]).toBe(
      dollarsOf(report, 'worker, around the script')?.[1],
    );
  });

  it('charges less for runs that arrive together', () => {
    const report = costReport(UNITS, facts);

    for (const part of ['SQS', 'Lambda requests', 'worker, around the script', 'dispatcher', 'logs']) {
      const [together = 0, , , oneByOne = 0] = dollarsOf(report, part) ?? [];
      expect(together, part).toBeLessThan(oneByOne);
    }
  });

  it('adds the parts to totals', () => {
    const { runs, month } = costReport(UNITS, facts);

    for (const lines of [runs, month]) {
      for (const [column, total] of (lines.at(-1)?.dollars ?? []).entries()) {
        const parts = lines.slice(0, -1).reduce((sum, { dollars }) => sum + (dollars[column] ?? 0), 0);
        expect(total).toBeCloseTo(parts, 9);
      }
    }
  });
});

describe('formBatches', () => {
  const source = { batchSize: 10, maxConcurrency: 20, invocationMs: () => 100 };

  it('handles each message alone while pollers are free', () => {
    const batches = formBatches(evenly(100, 10_000), source);

    expect(batches.map(({ messages }) => messages)).toEqual(Array(100).fill(1));
  });

  it('fills the batches of five pollers when messages arrive at once', () => {
    const batches = formBatches(Array<number>(50).fill(0), source);

    expect(batches).toEqual(Array(5).fill({ messages: 10, endedAt: 100 }));
  });

  it('adds a poller each 200 ms while messages are left, up to the maximum concurrency', () => {
    const slow = { batchSize: 1, invocationMs: () => 1_000_000 };
    const endedAt = (maxConcurrency: number) =>
      formBatches(Array<number>(7).fill(0), { ...slow, maxConcurrency }).map((batch) => batch.endedAt - 1_000_000);

    expect(endedAt(7)).toEqual([0, 0, 0, 0, 0, 0, 200]);
    expect(endedAt(2)).toEqual([0, 0, 1_000_000, 1_000_000, 2_000_000, 2_000_000, 3_000_000]);
  });

  it('handles every message', () => {
    const batches = formBatches(evenly(600, 2_000), source);

    expect(batches.reduce((sum, { messages }) => sum + messages, 0)).toBe(600);
    expect(meanBatch(batches)).toBe(600 / batches.length);
  });
});

describe('withCostTables', () => {
  it('rejects a README without markers', () => {
    expect(() => withCostTables('# Deployment', '| part |')).toThrow('The README must have the lines');
  });
});
