import * as z from 'zod';
import { InvalidInput, JobdeckError } from '../../core/domain/errors.ts';
import { currentCursor, type Delta, findCursorProblem, MAX_CURSOR_LENGTH } from '../../core/domain/flow/delta.ts';
import { findObjectCursorProblem, shownObjectCursor } from '../../core/domain/flow/object-delta.ts';
import type { S3Source } from '../../core/domain/flow/source.ts';
import type { Job } from '../../core/domain/job.ts';
import type { Platform } from '../../core/platform/platform.ts';
import type { Db } from '../../core/store/db.ts';
import { type FlowCursor, getFlowCursor, listFlowCursors, setFlowCursor } from '../../core/store/flow-cursors.ts';
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
          'The cursor with which the next run begins, by the id of the source. Sources without `delta` have none. That of an s3 source is the text at the placeholder of its prefix, or the largest key that was read; empty before an object was read.',
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
        'Sets the cursors of the named sources, with which the next run begins; null restores the start of the definition. Of an s3 source, both forget which objects were read. A run that has begun is not affected, and does not replace them.',
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

/** A source with a cursor. */
interface CursorSource {
  /** The path or prefix that the cursor belongs to. */
  readonly path: string;
  /** The cursor that the next run begins with. */
  shown(stored: FlowCursor | undefined): string;
  /** Finds the problem of a cursor that a user sets. */
  findProblem(cursor: string): string | undefined;
}

/** Returns the sources of a flow that have cursors by their ids. */
function cursorSourcesOf({ target }: Job): ReadonlyMap<string, CursorSource> {
  const sources = target.type === 'flow' ? target.flow.sources : [];
  return new Map(
    sources.flatMap((source): [string, CursorSource][] => {
      if (source.type !== 'http' && source.type !== 's3') return [];
      if (!source.delta) return [];
      const described = source.type === 's3' ? ofObjects(source) : ofRecords(source.delta);
      return [[source.id, described]];
    }),
  );
}

const ofRecords = (delta: Delta): CursorSource => ({
  path: delta.path,
  shown: (stored) => currentCursor(delta, stored),
  findProblem: (cursor) => findCursorProblem(delta, cursor),
});

const ofObjects = (source: S3Source): CursorSource => ({
  path: source.prefix,
  shown: (stored) => shownObjectCursor(source, stored),
  findProblem: (cursor) => findObjectCursorProblem(source, cursor),
});

/** @throws InvalidInput if the source has no delta, or the cursor does not fit it */
function toChange(flow: Job, source: string, cursor: string | null) {
  const described = cursorSourcesOf(flow).get(source);
  const field = `cursors.${source}`;
  if (!described) throw new InvalidInput(field, 'must be the id of a source with a delta');
  const problem = cursor === null ? undefined : described.findProblem(cursor);
  if (problem !== undefined) throw new InvalidInput(field, `${problem}, got '${cursor}'`);
  return { source, cursor, path: described.path };
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
  const sources = cursorSourcesOf(flow);
  const stored = sources.size > 0 ? await listFlowCursors(db, jobRefOf(flow)) : new Map<string, FlowCursor>();
  return {
    cursors: Object.fromEntries([...sources].map(([id, source]) => [id, source.shown(stored.get(id))])),
  };
}
