import { AbsoluteTime } from './time.tsx';

/** The time at which something was created, and the user who created it. */
export const CreatedBy = ({ at, actor }: { readonly at: string; readonly actor: string }) => (
  <>
    <AbsoluteTime time={at} />{' '}
    <span class="muted">
      by <bdi>{actor}</bdi>
    </span>
  </>
);
