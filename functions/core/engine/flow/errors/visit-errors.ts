import { parseErrorId, publicErrorId } from '../../../domain/flow/error-id.ts';
import type { ErrorSelection } from '../../../domain/flow/error-work.ts';
import type { Position } from '../../../domain/flow/position.ts';
import type { Json } from '../../../domain/json.ts';
import type { Platform } from '../../../platform/platform.ts';
import { type ErrorPosition, type FlowError, getErrors, walkErrors } from '../../../store/error-work.ts';
import type { JobRef } from '../../../store/keys.ts';

/** Ids that are read at a time. */
const IDS_CHUNK = 50;

/** An error and the position behind it. */
export type VisitedError = FlowError & { readonly next: Json };

/**
 * Visits the errors of a flow with the selected ids, or all of them, behind a position. The filter of the selection is not
 * applied.
 *
 * @param position `null` for the beginning
 */
export async function* visitErrors(
  { db, now }: Pick<Platform, 'db' | 'now'>,
  { tenant, jobId, incarnation }: JobRef,
  { ids }: ErrorSelection,
  position: Position | null = null,
): AsyncGenerator<VisitedError> {
  const job = { tenant, jobId, incarnation };
  if (!ids) {
    for await (const found of walkErrors(db, job, now(), (position as ErrorPosition | null) ?? undefined)) {
      for (const each of found) yield { ...each, next: positionOf(each) as unknown as Json };
    }
    return;
  }
  for (let at = (position as number | null) ?? 0; at < ids.length; at += IDS_CHUNK) {
    const chunk = ids.slice(at, at + IDS_CHUNK);
    const refs = chunk.map((id) => parseErrorId(tenant, id));
    const ofJob = refs.flatMap((ref) =>
      ref && ref.run.jobId === jobId && ref.run.incarnation === incarnation ? [ref] : [],
    );
    const errors = new Map(
      (await getErrors(db, ofJob, now())).flatMap((each) =>
        each ? [[publicErrorId(each.run, each.error), each] as const] : [],
      ),
    );
    for (const [i, id] of chunk.entries()) {
      const found = errors.get(id);
      if (found) yield { ...found, next: at + i + 1 };
    }
  }
}

/** Returns the position behind an error in the list of its flow. */
export function positionOf({ run: { ulid }, error: { operator, split, page, index } }: FlowError): ErrorPosition {
  return { ulid, place: { operator, split, page, index } };
}
