import { Fragment } from 'preact';
import { connectorPaths, type GraphOperator, type Stage } from '../view/flow.ts';
import { formatCount, formatLatency, formatPercent } from '../view/format.ts';

export interface FlowGraphProps {
  readonly stages: readonly Stage[];
  readonly chosen: string | null;
  readonly onChoose: (operator: string) => void;
}

/** Maximum number of stages side by side; longer flows are stacked. */
const MAX_COLUMNS = 5;

/** Backpressure that is highlighted, 0–1. */
const HIGH_BACKPRESSURE = 0.5;

/** The operators from sources to sinks with their metrics. Selecting an operator filters the tab below. */
export function FlowGraph({ stages, chosen, onChoose }: FlowGraphProps) {
  return (
    <div class={`graph ${stages.length <= MAX_COLUMNS ? 'abreast' : ''}`}>
      {stages.map((stage, i) => {
        const before = stages[i - 1];
        return (
          <Fragment key={stage.operators[0]?.id}>
            {before && <Lines from={before.operators.length} to={stage.operators.length} />}
            <ul class="stage" aria-label={KINDS[stage.kind]}>
              {stage.operators.map((operator) => (
                <li key={operator.id}>
                  <Node
                    operator={operator}
                    kind={stage.kind}
                    isChosen={operator.id === chosen}
                    onChoose={() => onChoose(operator.id)}
                  />
                </li>
              ))}
            </ul>
          </Fragment>
        );
      })}
    </div>
  );
}

const KINDS = { source: 'Sources', transform: 'Transform', sink: 'Sinks' } as const;

function Lines({ from, to }: { readonly from: number; readonly to: number }) {
  return (
    <div class="lines">
      <svg viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">
        {connectorPaths(from, to).map((line) => (
          <path key={line} d={line} />
        ))}
      </svg>
    </div>
  );
}

interface NodeProps {
  readonly operator: GraphOperator;
  readonly kind: Stage['kind'];
  readonly isChosen: boolean;
  readonly onChoose: () => void;
}

function Node({ operator: { id, name, type, figures }, kind, isChosen, onChoose }: NodeProps) {
  const count = (of: number | undefined) => (of === undefined ? '–' : formatCount(of));
  return (
    <button type="button" class={`node ${kind}`} aria-pressed={isChosen} onClick={onChoose}>
      <span class="node-name">
        <b>
          <bdi>{name}</bdi>
        </b>
        <small>{name === id ? type : `${id}, ${type}`}</small>
      </span>
      <span class="node-figures number">
        <span>
          <small>in</small> {count(figures?.records_in)}
        </span>
        <span>
          <small>out</small> {count(figures?.records_out)}
        </span>
        <span class={figures && figures.errors > 0 ? 'bad' : ''}>
          <small>errors</small> {count(figures?.errors)}
        </span>
        <span>
          <small>latency</small> {formatLatency(figures?.latency_p95)}
        </span>
        {kind !== 'sink' && (
          <span
            class={(figures?.backpressure ?? 0) >= HIGH_BACKPRESSURE ? 'bad' : ''}
            title="Share of time spent waiting for downstream operators"
          >
            <small>wait</small> {formatPercent(figures?.backpressure ?? null)}
          </span>
        )}
      </span>
    </button>
  );
}
