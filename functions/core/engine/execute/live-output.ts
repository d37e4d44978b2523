import type { Run } from '../../domain/run.ts';
import { LIVE_OUTPUT_DELAY_MS } from '../../domain/timing.ts';
import type { OutputStreams } from '../../executors/output/output.ts';
import { PART_BYTES } from '../../executors/output/output.ts';
import type { Platform } from '../../platform/platform.ts';
import { type OutputPiece, putLiveOutput } from '../../store/live-output.ts';

const STREAMS = ['stdout', 'stderr'] as const;

/** Output of a running attempt, stored while the attempt runs so that clients can follow it. */
export interface LiveOutput {
  /** Sets the streams to store. */
  readonly attach: (streams: OutputStreams) => void;
  /**
   * Stores new output once the attempt has run for `LIVE_OUTPUT_DELAY_MS`; a short attempt costs no write. Never
   * rejects.
   */
  readonly flush: () => Promise<void>;
}

/** @param run the claimed run; its current attempt is stored */
export function createLiveOutput({ db, now, log }: Platform, run: Run): LiveOutput {
  const storedLength = { stdout: 0, stderr: 0 };
  let streams: OutputStreams = {};
  let since = 0;
  /** Pieces whose write failed without a known outcome. The next flush writes them again unchanged. */
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
        log.warn('live_output.write_failed', { run: run.ulid, error: String(error) });
        return;
      }
      for (const { stream, text } of pending) storedLength[stream] += text.length;
      pending = [];
    },
  };
}
