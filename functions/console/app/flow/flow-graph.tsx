import { Fragment } from 'preact';
import { connectorPaths, type GraphOperator, OTHERWISE, type Stage } from '../view/flow.ts';
import { formatCount, formatLatency, formatPercent } from '../view/format.ts';

export interface FlowGraphProps {
  readonly stages: readonly Stage[];
  readonly selected: string | null;
  readonly onSelect: (operator: string) => void;
}

/** Maximum number of stages side by side; longer flows are stacked. */
const MAX_COLUMNS = 5;

/** Backpressure that is highlighted, 0–1. */
const HIGH_BACKPRESSURE = 0.5;

/** The operators from sources to sinks with their metrics. Selecting an operator filters the tab below. */
export function FlowGraph({ stages, selected, onSelect }: FlowGraphProps) {
  return (
    <div class={`graph ${stages.length <= MAX_COLUMNS ? 'abreast' : ''}`}>
      {stages.map((stage, i) => {
        const before = stages[i - 1];
        return (
          <Fragment key={stage.operators[0]?.id}>
            {before && <Lines from={before.operators.length} to={stage.operators.length} only={stage.from} />}
            <ul class="stage" aria-label={KINDS[stage.kind]}>
              {stage.operators.map((operator) => (
                <li key={operator.id}>
                  <Node
                    operator={operator}
                    kind={stage.kind}
                    isSelected={operator.id === selected}
                    onSelect={() => onSelect(operator.id)}
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

interface LinesProps {
  readonly from: number;
  readonly to: number;
  readonly only: number | undefined;
}

function Lines({ from, to, only }: LinesProps) {
  return (
    <div class="lines">
      <svg viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">
        {connectorPaths(from, to, only).map((line) => (
          <path key={line} d={line} />
        ))}
      </svg>
    </div>
  );
}

interface NodeProps {
  readonly operator: GraphOperator;
  readonly kind: Stage['kind'];
  readonly isSelected: boolean;
  readonly onSelect: () => void;
}

function Node({ operator: { id, name, type, metrics, branches }, kind, isSelected, onSelect }: NodeProps) {
  const count = (of: number | undefined) => (of === undefined ? '–' : formatCount(of));
  return (
    <button type="button" class={`node ${kind}`} aria-pressed={isSelected} onClick={onSelect}>
      <span class="node-name">
        <b>
          <bdi>{name}</bdi>
        </b>
        <small>{name === id ? type : `${id}, ${type}`}</small>
        {branches.map((condition) => (
          <small key={condition} class="node-branch" title={condition}>
            {condition === OTHERWISE ? condition : <code>{condition}</code>}
          </small>
        ))}
      </span>
      <span class="node-figures number">
        <span>
          <small>in</small> {count(metrics?.records_in)}
        </span>
        <span>
          <small>out</small> {count(metrics?.records_out)}
        </span>
        <span class={metrics && metrics.errors > 0 ? 'bad' : ''}>
          <small>errors</small> {count(metrics?.errors)}
        </span>
        <span>
          <small>latency</small> {formatLatency(metrics?.latency_p95)}
        </span>
        {kind !== 'sink' && (
          <span
            class={(metrics?.backpressure ?? 0) >= HIGH_BACKPRESSURE ? 'bad' : ''}
            title="Share of time spent waiting for downstream operators"
          >
            <small>wait</small> {formatPercent(metrics?.backpressure ?? null)}
          </span>
        )}
      </span>
    </button>
  );
}
