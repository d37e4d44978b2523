import type { RunRef } from '../run.ts';
import { parseRunId, publicRunId } from '../run-id.ts';
import type { TenantId } from '../tenant.ts';
import type { RecordError } from './record-error.ts';

/** The key of an error: its run, and its place in the run. */
export interface ErrorRef {
  readonly run: RunRef;
  readonly operator: string;
  readonly split: number;
  readonly page: number;
  readonly index: number;
}

const ERROR_ID = /^(.+)\.([A-Za-z0-9_-]{1,64})\.(\d{1,5})\.(\d{1,9})\.(\d{1,9})$/;

/** Returns the public id of an error, which `joberrors` and the work list share. */
export function publicErrorId(
  run: Omit<RunRef, 'tenant'>,
  { operator, split, page, index }: Pick<RecordError, 'operator' | 'split' | 'page' | 'index'>,
): string {
  return `${publicRunId(run)}.${operator}.${split}.${page}.${index}`;
}

/** @returns `undefined` if the text is not the id of an error */
export function parseErrorId(tenant: TenantId, id: string): ErrorRef | undefined {
  const [, runId = '', operator = '', ...numbers] = ERROR_ID.exec(id) ?? [];
  const run = parseRunId(tenant, runId);
  if (!run) return undefined;
  const [split = 0, page = 0, index = 0] = numbers.map(Number);
  return { run, operator, split, page, index };
}
