import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assignSplits, distributeSplits } from '../../../../../../functions/core/domain/flow/assign-splits.ts';
import { captureCut, findSplitStart } from '../../../../../../functions/core/domain/flow/checkpoint.ts';
import type { Plan, Split } from '../../../../../../functions/core/domain/flow/plan.ts';
import { formatSplitRanges, parseSplitRanges } from '../../../../../../functions/core/domain/flow/split-ranges.ts';
import { currentSplitIndex, type StagedBatch, type Task } from '../../../../../../functions/core/domain/flow/task.ts';
import { FLOW_RETRY } from '../../../../../../functions/core/domain/retry.ts';
import type { SliceContext } from '../../../../../../functions/core/engine/flow/slice/slice-context.ts';
import {
  positionAfterPage,
  roundRobinSplits,
  switchSplit,
} from '../../../../../../functions/core/engine/flow/slice/task-position.ts';
import { aFlowJob, aFlowRun, aTask } from '../../../../../helpers/builders/flow-rows.ts';
import { START } from '../../../../../helpers/fakes/platform.ts';
import { seededRandom } from '../../../../../helpers/seeded-random.ts';

const upTo = (count: number) => Array.from({ length: count }, (_, i) => i);

describe('distributeSplits', () => {
  const numbers = fc.integer({ min: 0, max: 200 }).map(upTo);

  it('assigns each split to one task, evenly, and no task without a split', () => {
    fc.assert(
      fc.property(numbers, numbers, fc.integer({ min: 1, max: 64 }), (bounded, others, parallelism) => {
        const unbounded = others.map((split) => split + 1_000);

        const shares = distributeSplits(bounded, unbounded, parallelism);

        const dealt = shares.flat();
        expect(dealt.toSorted((a, b) => a - b)).toEqual([...bounded, ...unbounded]);
        expect(shares.length).toBe(Math.min(parallelism, Math.max(bounded.length, unbounded.length)));
        expect(shares.every(({ length }) => length > 0)).toBe(true);
        for (const isOfKind of [(split: number) => split < 1_000, (split: number) => split >= 1_000]) {
          const sizes = shares.map((share) => share.filter(isOfKind).length);
          expect(Math.max(0, ...sizes) - Math.min(...sizes, Number.POSITIVE_INFINITY)).toBeLessThanOrEqual(1);
        }
      }),
    );
  });

  it('round-trips through the text of split ranges', () => {
    const anyOrder = fc.uniqueArray(fc.integer({ min: 0, max: 100 }));
    fc.assert(
      fc.property(anyOrder, (splits) => {
        expect(parseSplitRanges(formatSplitRanges(splits))).toEqual(splits);
      }),
    );
  });
});

/** Source indices: a repeatable source, a staged source, and two queues. */
const [SAME, STAGED, QUEUE, OTHER_QUEUE] = [0, 1, 2, 3] as const;
const UNBOUNDED: readonly number[] = [QUEUE, OTHER_QUEUE];

/**
 * The splits of a simulation and its runs: their number of tasks, and the pages they process before they are stopped.
 */
const worlds = fc.record({
  bounded: fc.array(fc.record({ source: fc.constantFrom(SAME, STAGED), pages: fc.integer({ min: 1, max: 6 }) }), {
    maxLength: 10,
  }),
  queues: fc.constantFrom([], [QUEUE], [QUEUE, OTHER_QUEUE]),
  splitsOfQueue: fc.integer({ min: 1, max: 12 }),
  runs: fc.array(fc.record({ parallelism: fc.integer({ min: 1, max: 12 }), pages: fc.integer({ min: 0, max: 25 }) }), {
    minLength: 1,
    maxLength: 6,
  }),
  seed: fc.nat(),
});

type WorldShape = typeof worlds extends fc.Arbitrary<infer Shape> ? Shape : never;

/** The pages of one lineage of runs, processed by the engine's rules. A page is one record. */
class World {
  readonly taken: string[] = [];
  /** Keys under which sinks receive the pages. */
  readonly keys: string[] = [];
  readonly #lengths: readonly number[];
  readonly #batches = new Map<string, readonly string[]>();
  readonly #random: () => number;
  #splits: readonly Split[];
  #tasks: Task[] = [];
  #messages = 0;

  constructor({ bounded, queues, splitsOfQueue, seed }: WorldShape) {
    const endless = queues.flatMap((source) => upTo(splitsOfQueue).map(() => ({ source, pages: 0 })));
    const all = [...bounded, ...endless];
    this.#splits = all.map(({ source }) => ({ source, data: null }));
    this.#lengths = all.map(({ pages }) => pages);
    this.#random = seededRandom(seed);
  }

  get expected(): readonly string[] {
    const bounded = this.#lengths.flatMap((pages, split) => upTo(pages).map((page) => `${split}: ${page}`));
    return [...bounded, ...upTo(this.#messages).map((message) => `message ${message}`)].toSorted();
  }

  get #plan(): Plan {
    const { target } = aFlowJob();
    if (target.type !== 'flow') throw new Error('no flow');
    const flow = { ...target.flow, pageSize: 1 };
    return { flow, splits: this.#splits, unbounded: UNBOUNDED, retry: FLOW_RETRY, timeoutMs: null };
  }

  /** Restarts from the stopped run. */
  restart(parallelism: number): void {
    if (this.#tasks.length > 0) {
      const cut = captureCut(this.#tasks, this.#plan);
      this.#splits = this.#splits.map((split, number) => {
        const [{ source, data }, from] = [split, findSplitStart(split, number, cut)];
        return { source, data, ...(from && { from }) };
      });
    }
    const run = aFlowRun(aFlowJob(), START);
    this.#tasks = assignSplits(this.#splits, UNBOUNDED, parallelism).map((splits, index) => {
      const first = this.#splits[splits[0] ?? -1]?.from;
      const { position = null, page = 0, staged = null } = first ?? {};
      return aTask(run, START, { index, splits, position, page, staged });
    });
  }

  /**
   * Processes a page of a random task; returns `false` if no task has one.
   *
   * @param closed queues return no more messages
   */
  step(closed: boolean): boolean {
    const able = this.#tasks.filter((task) => task.at < task.splits.length && !(closed && this.#isIdle(task)));
    const task = able[Math.floor(this.#random() * able.length)];
    if (!task) return false;
    this.#tasks[task.index] = { ...task, ...this.#moved(task) };
    return true;
  }

  /** @returns whether a task only waits for messages */
  #isIdle(task: Task): boolean {
    return (
      task.staged === null && UNBOUNDED.includes(this.#splits[task.splits[currentSplitIndex(task)] ?? -1]?.source ?? -1)
    );
  }

  #moved(task: Task): Partial<Task> {
    const number = task.splits[currentSplitIndex(task)] ?? -1;
    const source = this.#splits[number]?.source ?? -1;
    if (task.staged) return this.#fromStaged(task, task.staged);
    if (UNBOUNDED.includes(source)) return this.#fromQueue(task);
    const [from, length] = [(task.position as number | null) ?? 0, this.#lengths[number] ?? 0];
    if (source === STAGED) {
      const pages = Math.min(1 + Math.floor(this.#random() * 3), length - from);
      return {
        staged: this.#keep(
          upTo(pages).map((i) => `${number}: ${from + i}`),
          from + pages,
          from + pages === length,
        ),
      };
    }
    this.#take(task, `${number}: ${from}`);
    return positionAfterPage(this.#work(task), from + 1 === length ? null : from + 1);
  }

  #fromQueue(task: Task): Partial<Task> {
    const [next = currentSplitIndex(task)] = roundRobinSplits(this.#work(task));
    const turned = switchSplit(this.#work(task), next);
    const messages = upTo(1 + Math.floor(this.#random() * 3)).map(() => `message ${this.#messages++}`);
    return { ...turned, staged: this.#keep(messages, 0, false) };
  }

  #fromStaged(task: Task, staged: StagedBatch): Partial<Task> {
    this.#take(task, this.#batches.get(staged.key)?.[staged.through] ?? 'nothing');
    const through = staged.through + 1;
    if (through < staged.records) return { staged: { ...staged, through }, page: task.page + 1 };
    return positionAfterPage(this.#work(task), staged.last ? null : staged.next);
  }

  #take(task: Task, page: string): void {
    this.taken.push(page);
    this.keys.push(`${task.splits[currentSplitIndex(task)]} ${task.page}`);
  }

  #keep(pages: readonly string[], next: number, last: boolean): StagedBatch {
    const key = `batch ${this.#batches.size}`;
    this.#batches.set(key, pages);
    return { key, records: pages.length, through: 0, next, last };
  }

  #work(task: Task): SliceContext {
    return { plan: this.#plan, leased: { task } } as unknown as SliceContext;
  }
}

it('covers every position exactly once, each with its own key, for any sequence of rescales', () => {
  fc.assert(
    fc.property(worlds, (shape) => {
      const world = new World(shape);
      for (const { parallelism, pages } of shape.runs) {
        world.restart(parallelism);
        for (let page = 0; page < pages && world.step(false); page++);
      }
      while (world.step(true));

      expect(world.taken.toSorted()).toEqual(world.expected);
      expect(new Set(world.keys).size).toBe(world.keys.length);
    }),
    { numRuns: 500 },
  );
});
