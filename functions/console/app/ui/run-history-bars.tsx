import type { Run } from '../api/types.ts';
import { PATHS } from '../view/routes.ts';
import { runBars } from '../view/run-bars.ts';
import { Link } from './link.tsx';

/** The recent runs of a job as bars, oldest first. The color shows the status, the height the duration. */
export function RunHistoryBars({ jobId, runs, count = 24 }: { jobId: string; runs: readonly Run[]; count?: number }) {
  const bars = runBars(runs, count);
  if (bars.length === 0) return <div class="strip" />;
  return (
    <ol class="strip" aria-label={`Last ${bars.length} runs, oldest first`}>
      {bars.map(({ runId, status, height, label }) => (
        <li key={runId}>
          <Link to={PATHS.run(jobId, runId)} label={label} class={`bar status-${status}`}>
            <span title={label} style={{ height: `${Math.round(height * 100)}%` }} />
          </Link>
        </li>
      ))}
    </ol>
  );
}
