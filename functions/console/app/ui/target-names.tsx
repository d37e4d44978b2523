import { useApp } from '../app-context.ts';
import { usePoll } from '../hooks/use-poll.ts';

/** The declared targets of a type of jobs, which the browser suggests. Other names can be typed, and the API validates them. */
export function TargetNames({ type }: { readonly type: string }) {
  const { runner } = useApp();
  const targets = usePoll('targets to choose', (signal) => runner.listTargets(signal), undefined);
  return (
    <datalist id="targets">
      {targets.data
        ?.filter((target) => target.type === type)
        .map(({ name }) => (
          <option key={name} value={name} />
        ))}
    </datalist>
  );
}
