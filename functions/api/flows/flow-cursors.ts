import * as z from 'zod';
import { InvalidInput, JobdeckError } from '../../core/domain/errors.ts';
import { currentCursor, type Delta, findCursorProblem, MAX_CURSOR_LENGTH } from '../../core/domain/flow/delta.ts';
import type { Job } from '../../core/domain/job.ts';
import type { Platform } from '../../core/platform/platform.ts';
import type { Db } from '../../core/store/db.ts';
import { getFlowCursor, listFlowCursors, setFlowCursor } from '../../core/store/flow-cursors.ts';
import { jobRefOf } from '../../core/store/keys.ts';
import { inputObject, mapOf, text } from '../http/input-schemas.ts';
import { lazy, route, type ViewOf } from '../http/route.ts';
import { namedSchema } from '../openapi/common-schemas.ts';
import { flowParameter, requireFlow } from './flows.ts';

/** Attempts at a change that conflicts with the ends of runs. */
const MAX_TRIES = 8;

const cursorsSchema = lazy(() =>
  namedSchema(
    'FlowsCursors',
    z.object({
      cursors: z
        .record(z.string(), z.string())
        .describe(
          'The cursor with which the next run begins, by the id of the source. Sources without `delta` have none.',
        ),
    }),
  ),
);
/** The cursors of a flow's sources. */
export type FlowCursorsView = ViewOf<typeof cursorsSchema>;

const cursorsInput = lazy(() => inputObject({ cursors: mapOf(text(MAX_CURSOR_LENGTH).nullable()) }));

export const flowCursorRoutes = [
  route({
    method: 'GET',
    path: '/v1/flows/{id}/cursor',
    operation: 'getFlowCursors',
    action: 'read',
    openapi: () => ({ summary: 'Get the cursors of a flow', pathParameters: flowParameter(), errors: [404] }),
    responses: () => ({ 200: { description: 'The cursors.', body: cursorsSchema() } }),
    async handle({ caller: { tenant }, params: { id } }, { db }: Pick<Platform, 'db'>) {
      return { status: 200, body: await readCursors(db, await requireFlow(db, tenant, id)) };
    },
  }),
  route({
    method: 'PUT',
    path: '/v1/flows/{id}/cursor',
    operation: 'putFlowCursors',
    action: 'operate',
    body: cursorsInput,
    openapi: () => ({
      summary: 'Set cursors of a flow',
      description:
        'Sets the cursors of the named sources, with which the next run begins; null restores the start of the definition. A run that has begun is not affected, and does not replace them.',
      pathParameters: flowParameter(),
      body: cursorsInput(),
      bodyExample: { cursors: { source_1: '2026-01-01T00:00:00Z' } },
      errors: [404, 409],
    }),
    responses: () => ({ 200: { description: 'The cursors after the change.', body: cursorsSchema() } }),
    async handle({ caller: { tenant }, params: { id }, body: { cursors } }, { db }: Pick<Platform, 'db'>) {
      const flow = await requireFlow(db, tenant, id);
      const changes = Object.entries(cursors).map(([source, cursor]) => toChange(flow, source, cursor));
      for (const { source, ...change } of changes) await setCursor(db, flow, source, change);
      return { status: 200, body: await readCursors(db, flow) };
    },
  }),
];

/** Returns the deltas of a flow's sources by the id of the source. */
function deltasOf({ target }: Job): ReadonlyMap<string, Delta> {
  const sources = target.type === 'flow' ? target.flow.sources : [];
  return new Map(
    sources.flatMap((source) => (source.type === 'http' && source.delta ? [[source.id, source.delta] as const] : [])),
  );
}

/** @throws InvalidInput if the source has no delta, or the cursor does not fit it */
function toChange(flow: Job, source: string, cursor: string | null) {
  const delta = deltasOf(flow).get(source);
  const field = `cursors.${source}`;
  if (!delta) throw new InvalidInput(field, 'must be the id of a source with a delta');
  const problem = cursor === null ? undefined : findCursorProblem(delta, cursor);
  if (problem !== undefined) throw new InvalidInput(field, `${problem}, got '${cursor}'`);
  return { source, cursor, path: delta.path };
}

/** @throws JobdeckError `flow.cursor_changed` (conflict) if runs store cursors all the time */
async function setCursor(
  db: Db,
  flow: Job,
  source: string,
  change: { readonly cursor: string | null; readonly path: string },
) {
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const seen = await getFlowCursor(db, jobRefOf(flow), source);
    if (await setFlowCursor(db, jobRefOf(flow), source, seen, change)) return;
  }
  throw new JobdeckError('conflict', 'flow.cursor_changed', `the cursor of ${source} is changed by runs; try again`);
}

async function readCursors(db: Db, flow: Job): Promise<FlowCursorsView> {
  const deltas = deltasOf(flow);
  const stored = deltas.size > 0 ? await listFlowCursors(db, jobRefOf(flow)) : new Map();
  return {
    cursors: Object.fromEntries(
      [...deltas].map(([source, delta]) => [source, currentCursor(delta, stored.get(source))]),
    ),
  };
}
