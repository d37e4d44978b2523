import type { Run } from '../api/wire.ts';

/** Failed runs that failed for the same cause. */
export interface Cause {
  readonly key: string;
  /** What the runs said, as the newest of them said it. */
  readonly message: string;
  /** Newest first. */
  readonly runs: readonly Run[];
  readonly jobIds: readonly string[];
}

/** Groups failures by what they say, numbers and ids aside; the cause that struck last comes first. */
export function groupByCause(runs: readonly Run[]): readonly Cause[] {
  const newestFirst = [...runs].sort((a, b) => endOf(b) - endOf(a));
  const groups = Map.groupBy(newestFirst, (run) => causeKey(messageOf(run)));
  return [...groups].map(([key, members]) => ({
    key,
    message: members[0] ? messageOf(members[0]) : key,
    runs: members,
    jobIds: [...new Set(members.map(({ job_id }) => job_id))],
  }));
}

const endOf = ({ finished_at, created_at }: Run) => Date.parse(finished_at ?? created_at);

/** The last line of stderr says more than an exit code does. */
export function messageOf({ reason, stderr, status }: Run): string {
  const said = stderr.trimEnd().split('\n').at(-1)?.trim() ?? '';
  if (reason && /^exit(ed with)? code \d+$/i.test(reason) && said) return `${reason}: ${said}`;
  return reason || said || (status === 'timeout' ? 'Timed out' : 'Failed without saying why');
}

/** What two messages of the same cause have in common. */
export function causeKey(message: string): string {
  return message
    .toLowerCase()
    .replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, '#')
    .replaceAll(/\b[0-9a-hjkmnp-tv-z]{26}\b/g, '#')
    .replaceAll(/\d+/g, '#')
    .slice(0, 200);
}
