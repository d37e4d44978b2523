import * as z from 'zod';
import { JobdeckError } from '../../core/domain/errors.ts';
import { isTerminal } from '../../core/domain/run.ts';
import { cancelAndWait } from '../../core/engine/finalize/cancel-run.ts';
import type { Platform } from '../../core/platform/platform.ts';
import { route } from '../http/route.ts';
import { requireRun, runNotFoundError } from './find-run.ts';
import { run, toRunView } from './run-view.ts';
import { runParameter } from './runs.ts';

export const cancelRun = route({
  method: 'POST',
  path: '/jobs/{id}/runs/{run}/cancel',
  operation: 'cancelRun',
  action: 'operate',
  openapi: () => ({
    summary: 'Cancel a run',
    description: 'Requests the end of the run and waits a few seconds for it.',
    pathParameters: runParameter(),
    errors: [404, 409],
  }),
  responses: () => {
    const body = z.object({ ok: z.literal(true), run: run() });
    return {
      200: { description: 'The run has ended.', body },
      202: { description: 'The run was asked to end and has not ended yet.', body },
    };
  },
  async handle({ caller, params, mayWait }, platform: Platform) {
    const row = await requireRun(platform, caller.tenant, params.id, params.run);
    if (row.state === 'skipped') throw new JobdeckError('conflict', 'run.ended', 'Cannot cancel skipped run');
    const ended = await cancelAndWait(platform, row, caller.name, mayWait);
    if (!ended) throw runNotFoundError();
    return { status: isTerminal(ended.state) ? 200 : 202, body: { ok: true as const, run: toRunView(ended) } };
  },
});
