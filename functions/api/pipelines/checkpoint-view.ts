import { type Checkpoint, checkpointStateAt } from '../../core/domain/flow/checkpoint.ts';
import { publicRunId } from '../../core/domain/run-id.ts';
import { publicCheckpointId } from './checkpoint-id.ts';

/** Converts a checkpoint for lists. Times are epoch milliseconds, sizes bytes. */
export function toCheckpointSummary(checkpoint: Checkpoint, now: number) {
  const { run, operators } = checkpoint;
  return {
    id: publicCheckpointId(run, checkpoint.epoch),
    job_id: publicRunId(run),
    epoch: checkpoint.epoch,
    start_time: Date.parse(checkpoint.startedAt),
    finish_time: checkpoint.finishedAt === null ? null : Date.parse(checkpoint.finishedAt),
    state: checkpointStateAt(checkpoint, now),
    size_bytes: checkpoint.sizeBytes,
    cause: checkpoint.cause,
    /** Pinned checkpoints do not count towards `checkpoints.keep`. */
    pinned: checkpoint.pinned,
    operator_states: operators.map(({ operator, size }) => ({ operator_id: operator, state_size: size })),
  };
}

/**
 * Converts a checkpoint for a response about it alone.
 *
 * @param bucket the bucket that stores the checkpoint
 */
export function toCheckpointView(checkpoint: Checkpoint, bucket: string, now: number) {
  return {
    ...toCheckpointSummary(checkpoint, now),
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
