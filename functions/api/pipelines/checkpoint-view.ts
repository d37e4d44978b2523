import * as z from 'zod';
import { type Checkpoint, checkpointStateAt } from '../../core/domain/flow/checkpoint.ts';
import { publicRunId } from '../../core/domain/run-id.ts';
import { lazy, type ViewOf } from '../http/route.ts';
import { epochMilliseconds, namedSchema, nonNegativeInteger } from '../openapi/common-schemas.ts';
import { publicCheckpointId } from './checkpoint-id.ts';

const checkpointFields = () => ({
  id: z.string(),
  job_id: z.string(),
  epoch: nonNegativeInteger(),
  start_time: epochMilliseconds(),
  finish_time: epochMilliseconds().nullable(),
  state: z.enum(['in_progress', 'completed', 'failed']),
  size_bytes: nonNegativeInteger(),
  cause: z.enum(['timer', 'request', 'stop']),
  pinned: z.boolean().describe('Whether the checkpoint is kept regardless of the number of newer ones.'),
});
const operatorStateFields = () => ({
  operator_id: z.string(),
  state_size: nonNegativeInteger().describe('Bytes.'),
});

export const checkpointSummary = lazy(() =>
  namedSchema(
    'PipelinesCheckpointSummary',
    z.object({ ...checkpointFields(), operator_states: z.array(z.object(operatorStateFields())) }),
  ),
);
/** A checkpoint in a list. */
export type CheckpointSummaryView = ViewOf<typeof checkpointSummary>;

export const checkpoint = lazy(() =>
  namedSchema(
    'PipelinesCheckpoint',
    z.object({
      ...checkpointFields(),
      backend: z.literal('s3'),
      location: z.string(),
      operator_states: z.array(
        z.object({
          ...operatorStateFields(),
          operator_name: z.string(),
          subtask_states: z.array(z.object({ subtask_index: nonNegativeInteger(), state_size: nonNegativeInteger() })),
        }),
      ),
    }),
  ),
);
/** A checkpoint with the state of each subtask. */
export type CheckpointView = ViewOf<typeof checkpoint>;

export function toCheckpointSummary(checkpoint: Checkpoint, now: number): CheckpointSummaryView {
  const { operators } = checkpoint;
  return {
    ...toCheckpointFields(checkpoint, now),
    operator_states: operators.map(({ operator, size }) => ({ operator_id: operator, state_size: size })),
  };
}

/** @param bucket the bucket that stores the checkpoint */
export function toCheckpointView(checkpoint: Checkpoint, bucket: string, now: number): CheckpointView {
  return {
    ...toCheckpointFields(checkpoint, now),
    backend: 's3',
    location: `s3://${bucket}/${checkpoint.key}`,
    operator_states: checkpoint.operators.map(({ operator, name, size, subtasks }) => ({
      operator_id: operator,
      operator_name: name,
      state_size: size,
      subtask_states: subtasks.map((subtask) => ({ subtask_index: subtask.task, state_size: subtask.size })),
    })),
  };
}

const toCheckpointFields = (checkpoint: Checkpoint, now: number) => ({
  id: publicCheckpointId(checkpoint.run, checkpoint.epoch),
  job_id: publicRunId(checkpoint.run),
  epoch: checkpoint.epoch,
  start_time: Date.parse(checkpoint.startedAt),
  finish_time: checkpoint.finishedAt === null ? null : Date.parse(checkpoint.finishedAt),
  state: checkpointStateAt(checkpoint, now),
  size_bytes: checkpoint.sizeBytes,
  cause: checkpoint.cause,
  pinned: checkpoint.pinned,
});
