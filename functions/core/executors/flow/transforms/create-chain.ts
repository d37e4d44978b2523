import type { RouteSpec, TransformSpec } from '../../../domain/flow/transform.ts';
import type { Json } from '../../../domain/json.ts';
import type { Chain, ChainResult, DerivedRecord, TransformError } from '../chain.ts';
import { FlowFailure } from '../flow-failure.ts';
import { Evaluator, type EvaluatorOptions } from './evaluator.ts';
import type { EvaluationResponse, Program } from './protocol.ts';

/** Limits of expressions. */
export interface ChainOptions {
  /** Folder with `expression-host.mjs`. @default the folder of the running module */
  readonly directory?: string;
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

type ChainLimits = Required<Omit<ChainOptions, 'directory' | 'payload'>>;
const DEFAULTS: ChainLimits = { memoryMb: 256, recordMs: 1_000, pageMs: 120_000, pageBytes: 8 * 1024 * 1024 };

type Counts = { -readonly [K in keyof ChainResult['counts'][number]]: number };
/** The outputs, errors and counts of one transform. */
interface TransformResult {
  readonly outputs: DerivedRecord[];
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
  const { directory, payload, ...givenLimits } = options;
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
      errors: [],
      counts: { in: records.length, out: 0, errors: 0, ignored: 0 },
    };
    const { outputs, errors, counts } = stage;
    let bytes = 0;
    const fail = ({ value, origin }: DerivedRecord, message: string) => {
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
    for (let remaining = records; remaining.length > 0; ) {
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

  return {
    async apply(records, signal) {
      const timeout = AbortSignal.timeout(limits.pageMs);
      const either = AbortSignal.any([signal, timeout]);
      let outputs: readonly DerivedRecord[] = records.map((value: Json, origin) => ({ value, origin }));
      const stages: TransformResult[] = [];
      try {
        for (const transform of transforms.keys()) {
          const stage = await applyTransform(transform, outputs, either);
          outputs = stage.outputs;
          stages.push(stage);
        }
      } catch (error) {
        throw timeout.aborted && !signal.aborted ? pageTooLargeFailure(`takes over ${limits.pageMs / 1000} s`) : error;
      }
      return {
        outputs,
        errors: stages.flatMap((stage) => stage.errors),
        outputsByTransform: stages.map((stage) => stage.outputs),
        counts: stages.map((stage) => stage.counts),
      };
    },
    async [Symbol.asyncDispose]() {
      await evaluator?.end();
    },
  };
}

function toProgram(spec: TransformSpec): Program {
  if (spec.type === 'route') return { type: 'route', mode: spec.mode, conditions: spec.routes.map(({ when }) => when) };
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
