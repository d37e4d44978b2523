import type { Run } from '../../domain/run.ts';
import { LIVE_OUTPUT_DELAY_MS } from '../../domain/timing.ts';
import type { OutputStreams } from '../../executors/execution.ts';
import { PART_BYTES } from '../../executors/output/output.ts';
import type { Platform } from '../../platform/platform.ts';
import { type OutputPiece, putLiveOutput } from '../../store/live-output.ts';

const STREAMS = ['stdout', 'stderr'] as const;

/** What an attempt writes, for those who want to read it before it has ended. */
export interface LiveOutput {
  /** Takes the streams of the attempt. */
  readonly attach: (streams: OutputStreams) => void;
  /** Keeps what is new in them, once the attempt has taken a while: a short one costs no write. Never rejects. */
  readonly flush: () => Promise<void>;
}

/** @param run as it was claimed: its attempt is what is shown */
export function createLiveOutput({ db, now, log }: Platform, run: Run): LiveOutput {
  const storedLength = { stdout: 0, stderr: 0 };
  let streams: OutputStreams = {};
  let since = 0;
  /** Pieces of which it is not known whether they were kept: they are written again as they are. */
  let pending: readonly OutputPiece[] = [];

  const unstoredPieces = (): readonly OutputPiece[] =>
    STREAMS.map((stream) => {
      const offset = storedLength[stream];
      return { stream, offset, text: streams[stream]?.textFrom(offset, PART_BYTES) ?? '' };
    }).filter(({ text }) => text !== '');

  return {
    attach(attached) {
      streams = attached;
      since = now();
    },
    async flush() {
      if (now() - since < LIVE_OUTPUT_DELAY_MS) return;
      if (/* guard: live-output.retry */ pending.length === 0) pending = unstoredPieces();
      if (pending.length === 0) return;
      try {
        await putLiveOutput(db, run, run.attempt, pending, now());
      } catch (error) {
        log.warn('run.live_output_failed', { run: run.ulid, error: String(error) });
        return;
      }
      for (const { stream, text } of pending) storedLength[stream] += text.length;
      pending = [];
    },
  };
}
