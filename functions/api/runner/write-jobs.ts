import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { checkDefinition } from '../../domain/definition.ts';
import { InvalidInput, JobdeckError } from '../../domain/errors.ts';
import { cancelJob } from '../../lifecycle/cancel.ts';
import type { Platform } from '../../platform/platform.ts';
import { knownScripts } from '../../platform/scripts.ts';
import { createJob as defineJob, deleteJob as forgetJob } from '../../store/jobs.ts';
import { check } from '../edge/check.ts';
import { operation } from '../edge/operation.ts';
import { changeJob } from './change-job.ts';
import { definitionView } from './job-view.ts';
import { jobNotFound, requireJob } from './not-found.ts';
import { definitionOf, jobChange, newJob } from './schemas.ts';

/** Bytes of chance in an incarnation: enough that a job defined again under its id is never taken for the former. */
const INCARNATION_BYTES = 5;

/** What is left of a request's time for its answer. */
const ANSWER_MS = 1_000;

export const createJob = ({ db, now }: Platform) =>
  operation({
    body: newJob,
    async handle({ caller: { tenant }, body }) {
      const definition = definitionOf(body);
      const createdAt = new Date(now()).toISOString();
      checkDefinition(definition, { now: now(), createdAt, knownScripts });
      const made = await defineJob(db, {
        ...definition,
        tenant,
        id: body.id,
        incarnation: randomBytes(INCARNATION_BYTES).toString('hex'),
        version: 1,
        createdAt,
        updatedAt: createdAt,
      });
      if (!made) throw new JobdeckError('conflict', 'job.exists', `Job '${body.id}' exists already`);
      return { status: 201, body: { ok: true, id: body.id }, headers: { location: `/jobs/${body.id}` } };
    },
  });

/** The fields that are named take their new values, and their defaults where they are null; the others stay. */
export const updateJob = (platform: Platform) =>
  operation({
    body: jobChange,
    async handle({ caller: { tenant }, params: { id = '' }, body }) {
      await changeJob(platform, tenant, id, (job) => {
        if (body.id !== undefined && body.id !== job.id) {
          throw new InvalidInput('id', `cannot be changed (it is '${job.id}')`);
        }
        const before = definitionView(job);
        // Of another type's fields nothing is left over.
        const otherType = 'type' in body && body.type !== before.type;
        const base = otherType ? { ...before, script: null, args: null, env: null, http: null } : before;
        const definition = definitionOf(check(newJob, { ...base, ...body, id: job.id }, 'body'));
        const { createdAt } = job;
        checkDefinition(definition, { now: platform.now(), createdAt, knownScripts, before: job });
        return definition;
      });
      return { status: 200, body: { ok: true } };
    },
  });

/** The job and its history are gone from every answer at once; what it left behind is removed by the sweeper. */
export const deleteJob = (platform: Platform) =>
  operation({
    async handle({ caller, params: { id = '' }, remainingMs }) {
      const { db, now, log } = platform;
      const { tenant, incarnation, ...job } = await requireJob(db, caller.tenant, id);
      const removed = await forgetJob(db, { ...job, tenant, incarnation }, new Date(now()).toISOString());
      if (!removed) throw jobNotFound();
      const canceled = cancelJob(platform, { tenant, jobId: id, incarnation }, caller.name).catch((error: unknown) =>
        log.warn('job.cancel_failed', { tenant, job: id, error: String(error) }),
      );
      // The job is gone by now, whatever becomes of this; runs that are left are the sweeper's.
      await Promise.race([canceled, sleep(Math.max(0, remainingMs() - ANSWER_MS), undefined, { ref: false })]);
      return { status: 200, body: { ok: true } };
    },
  });
