import type { RunRef } from '../../core/domain/run.ts';
import { parseRunId, publicRunId } from '../../core/domain/run-id.ts';
import type { TenantId } from '../../core/domain/tenant.ts';

const CHECKPOINT_ID = /^chk_([1-9]\d{0,8})_(.+)$/;

/** Formats the public id of a checkpoint from its epoch and the id of its run. The id needs no URL encoding. */
export function publicCheckpointId(run: Omit<RunRef, 'tenant'>, epoch: number): string {
  return `chk_${epoch}_${publicRunId(run)}`;
}

/**
 * Parses the public id of a checkpoint.
 *
 * @returns `undefined` if the id is malformed
 */
export function parseCheckpointId(
  tenant: TenantId,
  id: string,
): { readonly run: RunRef; readonly epoch: number } | undefined {
  const [, epoch, runId = ''] = CHECKPOINT_ID.exec(id) ?? [];
  const run = parseRunId(tenant, runId);
  return run && { run, epoch: Number(epoch) };
}
