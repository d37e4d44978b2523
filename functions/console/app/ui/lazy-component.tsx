import type { ComponentChildren, ComponentType } from 'preact';
import { useState } from 'preact/hooks';
import { usePoll } from '../hooks/use-poll.ts';
import { AsyncContent, Skeleton } from './async-content.tsx';

/**
 * Returns a component whose code is loaded when the component is first rendered.
 *
 * @param label name for messages, such as `the editor`
 * @param placeholder placeholder while the code loads
 */
export function lazyComponent<Props extends object>(
  label: string,
  load: () => Promise<ComponentType<Props>>,
  placeholder: ComponentChildren = <Skeleton lines={5} />,
) {
  let loaded: ComponentType<Props> | undefined;
  return function Lazily(props: Props) {
    const [Component] = useState(() => loaded);
    return Component ? <Component {...props} /> : <Loading props={props} />;
  };

  function Loading({ props }: { readonly props: Props }) {
    const loading = usePoll(
      label,
      async () => {
        loaded = await load();
        return { Part: loaded };
      },
      undefined,
    );
    return (
      <AsyncContent source={loading} label={label} skeleton={placeholder}>
        {({ Part }) => <Part {...props} />}
      </AsyncContent>
    );
  }
}
