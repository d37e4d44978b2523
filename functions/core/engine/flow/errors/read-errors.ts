import {
  type ErrorSelection,
  findRetryProblem,
  matchesFilter,
  recordToRetry,
  resumePointOf,
} from '../../../domain/flow/error-work.ts';
import type { Json } from '../../../domain/json.ts';
import { isFlowRun, type RunWithFlow } from '../../../domain/run.ts';
import { publicRunId } from '../../../domain/run-id.ts';
import type { RetriedError, SourceBatch, SourceReader } from '../../../executors/flow/source-reader.ts';
import { claimError, type FlowError } from '../../../store/error-work.ts';
import { getRunInput } from '../../../store/run-inputs.ts';
import type { FlowPlatform } from '../flow-platform.ts';
import type { SliceContext } from '../slice/slice-context.ts';
import { createActivity } from './activity.ts';
import { visitErrors } from './visit-errors.ts';

/** Errors that are passed over before the position is committed. */
const MAX_PASSED = 1_000;
/**
 * Creates the reader of a split of errors: walks the errors of the flow behind the position and returns the selected ones
 * that belong to the source, one to a batch. It claims each for this run before, so that of two retries of an error at the
 * same time one has it, and the record does not change while it is retried. The outcome is committed together with the
 * position. A repeated read returns the claimed errors without an outcome again.
 *
 * @param source index of the source
 */
export function createErrorReader(
  { platform, run, plan: { flow } }: Pick<SliceContext, 'platform' | 'run' | 'plan'>,
  source: number,
  selection: ErrorSelection,
): SourceReader {
  const { db } = platform;
  const isActive = createActivity(db, run);
  const ofRun = createPayloadCache(platform);
  const sourceId = flow.sources[source]?.id;
  const sources = new Set(flow.sources.map(({ id }) => id));

  /** A record whose source the flow has no more counts at the first source. */
  const isOfSource = ({ error }: FlowError): boolean =>
    error.source === sourceId || (source === 0 && (error.source === undefined || !sources.has(error.source)));

  async function claim(found: FlowError): Promise<RetriedError | undefined> {
    const { error } = found;
    const jobId = publicRunId(found.run);
    if (!isFlowRun(found.run) || !isOfSource(found) || !matchesFilter(error, jobId, selection.filter ?? {})) return;
    const from = resumePointOf(error, flow);
    if (error.resolvedAt !== undefined || !from || findRetryProblem(error, flow) !== undefined) return;
    // guard: error.claim.free
    if (error.retry !== undefined && error.retry !== run.ulid && (await isActive(error.retry))) return;
    const payload = await ofRun(found.run);
    const claimed = await claimError(db, found.run, error, run.ulid);
    return claimed && { run: found.run, error: claimed, from, payload };
  }

  return {
    staged: false,
    unbounded: false,
    plan: async () => [],
    async *read(_, position, signal) {
      let passed = 0;
      for await (const found of visitErrors(platform, run, selection, position)) {
        signal.throwIfAborted();
        const retried = await claim(found);
        if (retried) yield toBatch(retried, found.next);
        else if (++passed % MAX_PASSED === 0) yield { records: [], bytes: 0, next: found.next };
      }
      yield { records: [], bytes: 0, next: null };
    },
  };
}

function toBatch(retried: RetriedError, next: Json): SourceBatch {
  const { edited, input } = retried.error;
  const value = recordToRetry(retried.error) ?? null;
  return { records: [{ value }], bytes: Buffer.byteLength(edited ?? input), next, retried };
}

/** Returns a function that reads the payload of a run, and keeps that of the last one. */
function createPayloadCache({ db }: Pick<FlowPlatform, 'db'>): (run: RunWithFlow) => Promise<Json | undefined> {
  let last: { readonly ulid: string; readonly payload: Json | undefined } | undefined;
  return async (run) => {
    if (last?.ulid !== run.ulid) last = { ulid: run.ulid, payload: (await getRunInput(db, run))?.payload };
    return last.payload;
  };
}
