import { truncateWithEllipsis } from '../../functions/core/domain/text.ts';
import type { RunView } from '../cli/api-types.ts';
import { omitEmpty } from './answer.ts';

const MAX_REASON_LENGTH = 300;

/** Returns a run as lists show it: without outputs, empty fields, and fields that repeat others. */
export function toRunItem(run: RunView): Readonly<Record<string, unknown>> {
  const { id: _, stdout: _out, stderr: _err, stdout_tail: _outTail, stderr_tail: _errTail, error: _e, ...fields } = run;
  const {
    output_truncated: _t,
    job_version: _v,
    execution_ms: _x,
    meta: _m,
    items_processed,
    reason,
    ...rest
  } = fields;
  return omitEmpty({
    ...rest,
    reason: reason === null ? null : truncateWithEllipsis(reason, MAX_REASON_LENGTH),
    items_processed: items_processed === 0 ? null : items_processed,
  });
}
