import type { LookupSpec } from '../../../domain/flow/lookup.ts';
import type { RouteSpec, TransformSpec } from '../../../domain/flow/transform.ts';
import type { Json } from '../../../domain/json.ts';
import type { Chain, ChainResult, DerivedRecord, TransformError } from '../chain.ts';
import { FlowFailure } from '../flow-failure.ts';
import type { Lookup, Match } from '../lookups/lookup.ts';
import { Evaluator, type EvaluatorOptions } from './evaluator.ts';
import { joinMatch, toLookupKey } from './join-matches.ts';
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

type Counts = { -readonly [K in keyof ChainResult['counts'][number]]: number };
/** The outputs, errors and counts of one transform. */
interface TransformResult {
  /** The records. A lookup has the keys here until it is joined, with the places of their records. */
  readonly outputs: DerivedRecord[];
  /** Places of the failed records of a lookup in its input. */
  readonly failed: number[];
  readonly errors: TransformError[];
  readonly counts: Counts;
}

/**
 * Creates the chain of a flow's transforms. Expressions run in a separate process, started with the first page and
 * reused for the following ones. A record that terminates the process fails, and a new process replaces it.
 *
 * A page passes the transforms one by one as a whole, so the transform at which a record failed is known.
 */
export function createChain(transforms: readonly TransformSpec[], options: ChainOptions = {}): Chain {
  const { directory, payload, lookups, ...givenLimits } = options;
  const limits = { ...DEFAULTS, ...givenLimits };
  const hostOptions: EvaluatorOptions = { directory, memoryMb: limits.memoryMb, recordMs: limits.recordMs };
  const programs = transforms.map(toProgram);
  let evaluator: Evaluator | undefined;

  async function getEvaluator(signal: AbortSignal): Promise<Evaluator> {
    if (!evaluator?.alive) evaluator = await Evaluator.start({ programs, payload }, hostOptions, signal);
    return evaluator;
  }

  async function applyTransform(
    transform: number,
    records: readonly DerivedRecord[],
    signal: AbortSignal,
  ): Promise<TransformResult> {
    const spec = transforms[transform];
    const stage: TransformResult = {
      outputs: [],
      failed: [],
      errors: [],
      counts: { in: records.length, out: 0, errors: 0, ignored: 0 },
    };
    const { outputs, errors, counts } = stage;
    let bytes = 0;
    const fail = ({ value, origin, place }: DerivedRecord, message: string) => {
      if (place !== undefined) stage.failed.push(place);
      errors.push({ transform, origin, input: value, message });
      counts.errors++;
    };
    const take = (record: DerivedRecord, answer: EvaluationResponse) => {
      if ('error' in answer) return fail(record, answer.error);
      bytes += answer.bytes;
      if (bytes > limits.pageBytes) throw pageTooLargeFailure(`grows to over ${limits.pageBytes / 1024 / 1024} MB`);
      const results = resultsOf(spec, record, answer.values);
      if (results.length === 0) counts.ignored++;
      counts.out += results.length;
      if (counts.out > MAX_PAGE_RECORDS) throw pageTooLargeFailure(`grows to over ${MAX_PAGE_RECORDS} records`);
      outputs.push(...results);
    };
    const placed = spec?.type === 'lookup' ? records.map((record, place) => ({ ...record, place })) : records;
    for (let remaining = placed; remaining.length > 0; ) {
      const pending = remaining;
      const values = pending.map(({ value }) => value);
      const onResponse = (answer: EvaluationResponse, index: number) => take(pending[index] as DerivedRecord, answer);
      const failedRequest = await (await getEvaluator(signal)).evaluate(transform, values, onResponse, signal);
      if (!failedRequest) break;
      fail(pending[failedRequest.index] as DerivedRecord, failedRequest.message);
      remaining = pending.slice(failedRequest.index + 1);
    }
    return stage;
  }

  /**
   * Applies a transform's expressions within the rest of the page's time.
   *
   * @returns the result and the time that is left in milliseconds
   */
  async function applyInTime(
    transform: number,
    records: readonly DerivedRecord[],
    leftMs: number,
    signal: AbortSignal,
  ) {
    const startedAt = performance.now();
    const timeout = AbortSignal.timeout(Math.ceil(leftMs));
    try {
      const stage = await applyTransform(transform, records, AbortSignal.any([signal, timeout]));
      return { stage, leftMs: Math.max(0, leftMs - (performance.now() - startedAt)) };
    } catch (error) {
      throw timeout.aborted && !signal.aborted ? pageTooLargeFailure(`takes over ${limits.pageMs / 1000} s`) : error;
    }
  }

  /** Adds the values of a lookup to the records whose keys its expression has yielded. Waits of a service take no time of the page. */
  async function join(
    transform: number,
    spec: LookupSpec,
    records: readonly DerivedRecord[],
    keyed: TransformResult,
    signal: AbortSignal,
  ): Promise<TransformResult> {
    const { errors } = keyed;
    const failedOnes = new Set(keyed.failed);
    const values = new Map(keyed.outputs.map(({ value, place }) => [place, value]));
    const asked = records.flatMap((record, place) =>
      failedOnes.has(place) ? [] : [{ record, key: toLookupKey(values.get(place)) }],
    );
    const unique = new Set(asked.flatMap(({ key }) => ('key' in key ? [key.key] : [])));
    const matches = (await lookups?.get(transform)?.find([...unique], signal)) ?? new Map<string, Match>();
    const lengths = new Map([...matches].map(([key, match]) => [key, JSON.stringify(match).length]));
    const outputs: DerivedRecord[] = [];
    let ignored = 0;
    let length = 0;
    for (const { record, key } of asked) {
      const match = 'key' in key ? matches.get(key.key) : undefined;
      length += ('key' in key && lengths.get(key.key)) || 0;
      if (length > limits.pageBytes) throw pageTooLargeFailure(`grows to over ${limits.pageBytes / 1024 / 1024} MB`);
      const joined = joinMatch(spec, record.value, key, match);
      if ('fault' in joined)
        errors.push({ transform, origin: record.origin, input: record.value, message: joined.fault });
      else if ('dropped' in joined) ignored++;
      else outputs.push({ value: joined.value, origin: record.origin });
    }
    const counts = { in: records.length, out: outputs.length, errors: errors.length, ignored };
    errors.sort((a, b) => a.origin - b.origin);
    return { outputs, errors, counts, failed: [] };
  }

  return {
    async apply(records, signal, from = 0) {
      let outputs: readonly DerivedRecord[] = records.map((value: Json, origin) => ({ value, origin }));
      const stages: TransformResult[] = [];
      let leftMs = limits.pageMs;
      for (const [transform, spec] of transforms.entries()) {
        if (transform < from) {
          stages.push(SKIPPED);
          continue;
        }
        const timed = await applyInTime(transform, outputs, leftMs, signal);
        leftMs = timed.leftMs;
        const stage = spec.type === 'lookup' ? await join(transform, spec, outputs, timed.stage, signal) : timed.stage;
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
  failed: [],
  errors: [],
  counts: { in: 0, out: 0, errors: 0, ignored: 0 },
};

function toProgram(spec: TransformSpec): Program {
  if (spec.type === 'route') return { type: 'route', mode: spec.mode, conditions: spec.routes.map(({ when }) => when) };
  if (spec.type === 'lookup') return { type: 'map', expression: spec.key };
  return { type: spec.type, expression: spec.type === 'filter' ? spec.where : spec.to };
}

/** Returns the records that a transform makes of one record, given the values that its program yields. */
function resultsOf(
  spec: TransformSpec | undefined,
  record: DerivedRecord,
  values: readonly Json[],
): readonly DerivedRecord[] {
  if (spec?.type === 'route') {
    const sinks = sinksOf(spec, values[0] as readonly number[]);
    return sinks.length === 0 ? [] : [{ ...record, sinks }];
  }
  if (spec?.type === 'lookup') return values.map((value) => ({ ...record, value }));
  return values.map((value) => (spec?.type === 'filter' ? record : { value, origin: record.origin }));
}

/** Returns the sinks of a record, given the branches that it takes. */
function sinksOf({ routes, otherwise }: RouteSpec, branches: readonly number[]): readonly string[] {
  if (branches.length === 0) return otherwise;
  return [...new Set(branches.flatMap((branch) => routes[branch]?.to ?? []))];
}

/** Permanent, because every page would exceed the limit: the flow has to change. */
const pageTooLargeFailure = (what: string): FlowFailure =>
  new FlowFailure(`transforms: a page ${what}: make pageSize smaller, or simplify them`, { permanent: true });
