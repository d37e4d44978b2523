import type { ComponentChildren, ComponentType } from 'preact';
import { useState } from 'preact/hooks';
import { usePoll } from '../hooks/use-poll.ts';
import { AsyncContent, Skeleton } from './async-content.tsx';

/**
 * Returns a component whose code is loaded when the component is first rendered.
 *
 * @param what name for messages, such as `the editor`
 *
 * @param outline placeholder while the code loads
 */
export function lazyComponent<Props extends object>(
  what: string,
  load: () => Promise<ComponentType<Props>>,
  outline: ComponentChildren = <Skeleton lines={5} />,
) {
  let loaded: ComponentType<Props> | undefined;
  return function Lazily(props: Props) {
    const [Known] = useState(() => loaded);
    return Known ? <Known {...props} /> : <Loading props={props} />;
  };

  function Loading({ props }: { readonly props: Props }) {
    const part = usePoll(
      what,
      async () => {
        loaded = await load();
        return { Part: loaded };
      },
      undefined,
    );
    return (
      <AsyncContent of={part} what={what} skeleton={outline}>
        {({ Part }) => <Part {...props} />}
      </AsyncContent>
    );
  }
}
