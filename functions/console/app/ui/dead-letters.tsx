import { useState } from 'preact/hooks';
import { shownProblem } from '../api/problem.ts';
import type { DeadLetter } from '../api/wire.ts';
import { useDeck } from '../context.ts';
import { useAction } from '../hooks/use-action.ts';
import { usePages } from '../hooks/use-pages.ts';
import { PATHS } from '../view/routes.ts';
import { Button } from './button.tsx';
import { Link } from './link.tsx';
import { Hint, Problem } from './notice.tsx';
import { Older } from './older.tsx';
import { Panel } from './panel.tsx';
import { Ago } from './time.tsx';

const LIST_MS = 30_000;
const PAGE = 50;

const KINDS: Readonly<Record<DeadLetter['kind'], string>> = {
  tick: 'a tick that was to make a run',
  run: 'a run that was to start or go on',
  notification: 'a notification',
};

/** Messages that were given up; nothing where there are none, as there should be. */
export function DeadLetters() {
  const { runner } = useDeck();
  const loaded = usePages(
    'dead letters',
    (next, signal) => runner.deadLetters(next, PAGE, signal),
    () => LIST_MS,
    ({ id }) => id,
  );
  const [said, setSaid] = useState<string>();
  const replay = useAction(async (id: string) => {
    const { skipped } = await runner.replay(id);
    setSaid(skipped[0] ? `Not replayed: ${skipped[0].reason}.` : 'Replayed.');
  });
  const { data, error } = loaded.of;
  const found = data?.rows ?? [];
  if (found.length === 0 && error === undefined) return null;
  return (
    <Panel title="Messages that were given up" aside={<span class="muted">kept for 30 days</span>}>
      {replay.problem && <Problem>{replay.problem}</Problem>}
      {said && <Hint>{said}</Hint>}
      {error !== undefined && <Problem>{shownProblem(error)}</Problem>}
      <table class="table">
        <caption class="unseen">Messages that were given up, newest first</caption>
        <thead>
          <tr>
            <th scope="col">When</th>
            <th scope="col">What</th>
            <th scope="col">Job</th>
            <th scope="col">Why</th>
            <th scope="col">
              <span class="unseen">Do it</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {found.map(({ id, kind, given_up_at: at, job_id: jobId, run_id: runId, cause }) => (
            <tr key={id}>
              <td data-name="When">
                <Ago time={at} />
              </td>
              <td data-name="What">
                <Link to={PATHS.run(jobId, runId)}>{KINDS[kind]}</Link>
              </td>
              <td data-name="Job">
                <Link to={PATHS.job(jobId)}>{jobId}</Link>
              </td>
              <td data-name="Why" class="cell-says">
                <bdi>{cause}</bdi>
              </td>
              <td class="right">
                <Button icon="again" busy={replay.busy} onClick={() => void replay.run(id)}>
                  Replay
                </Button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {data && data.next !== null && <Older list={loaded}>Older messages</Older>}
    </Panel>
  );
}
