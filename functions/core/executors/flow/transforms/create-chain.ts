import type { LookupSpec } from '../../../domain/flow/lookup.ts';
import type { RouteSpec, TransformSpec } from '../../../domain/flow/transform.ts';
import type { Json } from '../../../domain/json.ts';
import type { Chain, ChainResult, DerivedRecord, TransformError } from '../chain.ts';
import { FlowFailure } from '../flow-failure.ts';
import type { Lookup } from '../lookups/lookup.ts';
import { type CompiledProgram, compilePrograms } from './compiled/compile-programs.ts';
import { Evaluator, type EvaluatorOptions } from './evaluator.ts';
import { joinMatch, type LookupKey, toLookupKey } from './join-matches.ts';
import type { EvaluationResponse, Program } from './protocol.ts';

/** Limits of expressions. */
export interface ChainOptions {
  /** Folder with `expression-host.mjs`. @default the folder of the running module */
  readonly directory?: string;
  /** The lookups of the flow by the index of their transform; the chain closes them. @default none */
  readonly lookups?: ReadonlyMap<number, Lookup> | undefined;
  /** Payload of the run, `$payload` in expressions. @default no value */
  readonly payload?: Json | undefined;
  /** Resident memory of the expression process in MB. @default 256 */
  readonly memoryMb?: number;
  /** CPU milliseconds per record and transform. @default 1,000 */
  readonly recordMs?: number;
  /** Milliseconds per page in all transforms; bounds a slice that would otherwise never end. @default 120,000 */
  readonly pageMs?: number;
  /** Bytes (JSON, UTF-8) of a page after a transform. @default 8 MB */
  readonly pageBytes?: number;
}

/** Maximum records of a page after a transform. */
const MAX_PAGE_RECORDS = 100_000;

type ChainLimits = Required<Omit<ChainOptions, 'directory' | 'payload' | 'lookups'>>;
const DEFAULTS: ChainLimits = { memoryMb: 256, recordMs: 1_000, pageMs: 120_000, pageBytes: 8 * 1024 * 1024 };

/** The outputs, errors and counts of one transform. */
interface TransformResult {
  readonly outputs: readonly DerivedRecord[];
  readonly errors: readonly TransformError[];
  readonly counts: ChainResult['counts'][number];
}

/** The time that is left for the expressions of a page, in milliseconds. */
interface PageTime {
  leftMs: number;
}

/**
 * Creates the chain of a flow's transforms. Simple expressions are compiled and evaluated here. Others, and records that
 * a compiled expression leaves, are evaluated in a separate process, started with the first of them and reused for the
 * following pages. A record that terminates the process fails, and a new process replaces it.
 *
 * A page passes the transforms one by one as a whole, so the transform at which a record failed is known.
 */
export function createChain(transforms: readonly TransformSpec[], options: ChainOptions = {}): Chain {
  const { directory, payload, lookups, ...givenLimits } = options;
  const limits = { ...DEFAULTS, ...givenLimits };
  const hostOptions: EvaluatorOptions = { directory, memoryMb: limits.memoryMb, recordMs: limits.recordMs };
  const programs = transforms.map(toProgram);
  let evaluator: Evaluator | undefined;
  let compiling: Promise<readonly (CompiledProgram | undefined)[]> | undefined;

  async function getEvaluator(signal: AbortSignal): Promise<Evaluator> {
    if (!evaluator?.alive) evaluator = await Evaluator.start({ programs, payload }, hostOptions, signal);
    return evaluator;
  }

  /**
   * Evaluates a transform's program on each record, in order. The answer for a record that ends the process is an error.
   *
   * @param time is reduced by the time of the evaluation
   */
  async function evaluate(
    transform: number,
    records: readonly DerivedRecord[],
    time: PageTime,
    signal: AbortSignal,
    take: (record: DerivedRecord, answer: EvaluationResponse) => void,
  ): Promise<void> {
    signal.throwIfAborted();
    const startedAt = performance.now();
    compiling ??= compilePrograms(programs, payload);
    const answers = (await compiling)[transform]?.evaluate(records.map(({ value }) => value)) ?? [];
    const rest = [...records.keys()].filter((index) => answers[index] === undefined);
    let bytes = 0;
    const takeWithinPage = (record: DerivedRecord, answer: EvaluationResponse) => {
      if ('values' in answer) bytes += answer.bytes;
      if (bytes > limits.pageBytes) throw pageTooLargeFailure(`grows to over ${limits.pageBytes / 1024 / 1024} MB`);
      take(record, answer);
    };
    let taken = 0;
    const takeCompiled = (end: number): void => {
      for (; taken < end; taken++) {
        const answer = answers[taken];
        if (answer) takeWithinPage(records[taken] as DerivedRecord, answer);
      }
    };
    if (rest.length > 0) {
      await evaluateInProcess(transform, records, rest, time, signal, (index, answer) => {
        takeCompiled(index);
        takeWithinPage(records[index] as DerivedRecord, answer);
      });
    }
    takeCompiled(records.length);
    time.leftMs = Math.max(0, time.leftMs - (performance.now() - startedAt));
  }

  /** @param indexes those of the records to evaluate */
  async function evaluateInProcess(
    transform: number,
    records: readonly DerivedRecord[],
    indexes: readonly number[],
    time: PageTime,
    signal: AbortSignal,
    take: (index: number, answer: EvaluationResponse) => void,
  ): Promise<void> {
    const timeout = AbortSignal.timeout(Math.ceil(time.leftMs));
    const either = AbortSignal.any([signal, timeout]);
    try {
      for (let remaining = indexes; remaining.length > 0; ) {
        const pending = remaining;
        const values = pending.map((index) => (records[index] as DerivedRecord).value);
        const onResponse = (answer: EvaluationResponse, at: number) => take(pending[at] as number, answer);
        const failedRequest = await (await getEvaluator(either)).evaluate(transform, values, onResponse, either);
        if (!failedRequest) break;
        take(pending[failedRequest.index] as number, { error: failedRequest.message });
        remaining = pending.slice(failedRequest.index + 1);
      }
    } catch (error) {
      throw timeout.aborted && !signal.aborted ? pageTooLargeFailure(`takes over ${limits.pageMs / 1000} s`) : error;
    }
  }

  async function applyExpressions(
    transform: number,
    spec: Exclude<TransformSpec, LookupSpec>,
    records: readonly DerivedRecord[],
    time: PageTime,
    signal: AbortSignal,
  ): Promise<TransformResult> {
    const outputs: DerivedRecord[] = [];
    const errors: TransformError[] = [];
    let ignored = 0;
    await evaluate(transform, records, time, signal, (record, answer) => {
      if ('error' in answer) {
        errors.push({ transform, origin: record.origin, input: record.value, message: answer.error });
        return;
      }
      const results = resultsOf(spec, record, answer.values);
      if (results.length === 0) ignored++;
      if (outputs.length + results.length > MAX_PAGE_RECORDS)
        throw pageTooLargeFailure(`grows to over ${MAX_PAGE_RECORDS} records`);
      outputs.push(...results);
    });
    return toResult(records, outputs, errors, ignored);
  }

  /** Adds the values of a lookup to records. The requests of the lookup take no time of the page. */
  async function applyLookup(
    transform: number,
    spec: LookupSpec,
    records: readonly DerivedRecord[],
    time: PageTime,
    signal: AbortSignal,
  ): Promise<TransformResult> {
    const lookup = lookups?.get(transform);
    if (!lookup) throw new Error(`transform ${transform} has no lookup`);
    const keys: LookupKey[] = [];
    await evaluate(transform, records, time, signal, (_, answer) =>
      keys.push('error' in answer ? { fault: answer.error } : toLookupKey(answer.values[0])),
    );
    const unique = new Set(keys.flatMap((key) => ('key' in key ? [key.key] : [])));
    const matches = await lookup.find([...unique], signal);
    const lengths = new Map([...matches].map(([key, match]) => [key, JSON.stringify(match).length]));
    const outputs: DerivedRecord[] = [];
    const errors: TransformError[] = [];
    let ignored = 0;
    let length = 0;
    for (const [i, key] of keys.entries()) {
      const { value, origin } = records[i] as DerivedRecord;
      const name = 'key' in key ? key.key : undefined;
      length += (name !== undefined && lengths.get(name)) || 0;
      if (length > limits.pageBytes) throw pageTooLargeFailure(`grows to over ${limits.pageBytes / 1024 / 1024} MB`);
      const joined = joinMatch(spec, value, key, name === undefined ? undefined : matches.get(name));
      if ('fault' in joined) errors.push({ transform, origin, input: value, message: joined.fault });
      else if ('dropped' in joined) ignored++;
      else outputs.push({ value: joined.value, origin });
    }
    return toResult(records, outputs, errors, ignored);
  }

  return {
    async apply(records, signal, from = 0) {
      let outputs: readonly DerivedRecord[] = records.map((value: Json, origin) => ({ value, origin }));
      const stages: TransformResult[] = [];
      const time: PageTime = { leftMs: limits.pageMs };
      for (const [transform, spec] of transforms.entries()) {
        if (transform < from) {
          stages.push(SKIPPED);
          continue;
        }
        const stage =
          spec.type === 'lookup'
            ? await applyLookup(transform, spec, outputs, time, signal)
            : await applyExpressions(transform, spec, outputs, time, signal);
        outputs = stage.outputs;
        stages.push(stage);
      }
      return {
        outputs,
        errors: stages.flatMap((stage) => stage.errors),
        outputsByTransform: stages.map((stage) => stage.outputs),
        counts: stages.map((stage) => stage.counts),
      };
    },
    async [Symbol.asyncDispose]() {
      for (const lookup of lookups?.values() ?? []) lookup.close?.();
      await evaluator?.end();
    },
  };
}

/** The result of a transform that the records have passed before. */
const SKIPPED: TransformResult = {
  outputs: [],
  errors: [],
  counts: { in: 0, out: 0, errors: 0, ignored: 0 },
};

function toResult(
  records: readonly DerivedRecord[],
  outputs: readonly DerivedRecord[],
  errors: readonly TransformError[],
  ignored: number,
): TransformResult {
  const counts = { in: records.length, out: outputs.length, errors: errors.length, ignored };
  return { outputs, errors, counts };
}

function toProgram(spec: TransformSpec): Program {
  if (spec.type === 'route') return { type: 'route', mode: spec.mode, conditions: spec.routes.map(({ when }) => when) };
  if (spec.type === 'lookup') return { type: 'map', expression: spec.key };
  return { type: spec.type, expression: spec.type === 'filter' ? spec.where : spec.to };
}

/** Returns the records that a transform makes of one record, given the values that its program yields. */
function resultsOf(
  spec: Exclude<TransformSpec, LookupSpec>,
  record: DerivedRecord,
  values: readonly Json[],
): readonly DerivedRecord[] {
  if (spec.type === 'route') {
    const sinks = sinksOf(spec, values[0] as readonly number[]);
    return sinks.length === 0 ? [] : [{ ...record, sinks }];
  }
  return values.map((value) => (spec.type === 'filter' ? record : { value, origin: record.origin }));
}

/** Returns the sinks of a record, given the branches that it takes. */
function sinksOf({ routes, otherwise }: RouteSpec, branches: readonly number[]): readonly string[] {
  if (branches.length === 0) return otherwise;
  return [...new Set(branches.flatMap((branch) => routes[branch]?.to ?? []))];
}

/** Permanent, because every page would exceed the limit: the flow has to change. */
const pageTooLargeFailure = (what: string): FlowFailure =>
  new FlowFailure(`transforms: a page ${what}: make pageSize smaller, or simplify them`, { permanent: true });
