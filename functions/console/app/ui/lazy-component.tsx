import type { ComponentChildren, ComponentType } from 'preact';
import { useState } from 'preact/hooks';
import { usePoll } from '../hooks/use-poll.ts';
import { AsyncContent, Skeleton } from './async-content.tsx';

/**
 * A part of the page whose code is loaded when it is shown first, so that the first load does not wait for it.
 *
 * @param what it is, for messages: `the editor`
 * @param outline shown until it is there
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
