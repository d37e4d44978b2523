import type { Definition } from '../api/types.ts';
import type { DescriptionItem } from './description-list.tsx';

/** Items that describe a job's target: a script with its arguments, an HTTP request, a flow, or a declared target. */
export function targetItems(definition: Definition): readonly DescriptionItem[] {
  const { script, args, env, http, flow, lambda, event, queue, container, stateMachine } = definition;
  const names = Object.keys(env ?? {}).join(', ');
  return [
    ['Script', script && <code>{script}</code>],
    ['Arguments', args && args.length > 0 && <code>{args.join(' ')}</code>],
    ['Environment', names && <code>{names}</code>],
    ['Request', http && <code>{`${http.method} ${http.url}`}</code>],
    ['Function', lambda && <code>{`${lambda.target} (${lambda.mode})`}</code>],
    ['Event', event && <code>{`${event.detail_type} from ${event.source} to ${event.target}`}</code>],
    ['Queue', queue && <code>{queue.group === null ? queue.target : `${queue.target}, group ${queue.group}`}</code>],
    ['Container', container && <code>{[container.target, ...(container.command ?? [])].join(' ')}</code>],
    ['State machine', stateMachine && <code>{stateMachine.target}</code>],
    ['Flow', flow && <FlowChain flow={flow} />],
  ];
}

function FlowChain({ flow }: { readonly flow: NonNullable<Definition['flow']> }) {
  const parts = [flow.sources, flow.transforms, flow.sinks].filter((operators) => operators.length > 0);
  return (
    <code>{parts.map((operators) => operators.map(({ id, type }) => `${id} (${type})`).join(', ')).join(' → ')}</code>
  );
}
