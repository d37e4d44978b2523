import type { RunRef } from '../../core/domain/run.ts';
import { parseRunId, publicRunId } from '../../core/domain/run-id.ts';
import type { TenantId } from '../../core/domain/tenant.ts';

const CHECKPOINT_ID = /^chk_([1-9]\d{0,8})_(.+)$/;

/** What clients call a checkpoint: its epoch and its run's id. Safe in a URL as it is. */
export function publicCheckpointId(run: Omit<RunRef, 'tenant'>, epoch: number): string {
  return `chk_${epoch}_${publicRunId(run)}`;
}

/** The checkpoint that a client names, or undefined when the text is no checkpoint's id. */
export function parseCheckpointId(
  tenant: TenantId,
  id: string,
): { readonly run: RunRef; readonly epoch: number } | undefined {
  const [, epoch, runId = ''] = CHECKPOINT_ID.exec(id) ?? [];
  const run = parseRunId(tenant, runId);
  return run && { run, epoch: Number(epoch) };
}
