import type { Json } from '../../../functions/core/domain/json.ts';
import type { Chain } from '../../../functions/core/executors/flow/chain.ts';
import type { PageKey, SinkWriter } from '../../../functions/core/executors/flow/sink-writer.ts';
import type { SourceReader } from '../../../functions/core/executors/flow/source-reader.ts';
import type { TestPlatform } from './platform.ts';

/**
 * A transform chain that applies a function to each value.
 *
 * @param apply returns the output values; may throw
 * @defaultValue the identity
 */
export function aChain(apply: (value: Json) => readonly Json[] = (value) => [value]): Chain {
  return {
    async apply(records) {
      const outputs = records.flatMap((value, origin) => apply(value).map((made) => ({ value: made, origin })));
      return { outputs, errors: [], counts: [], outputsByTransform: [] };
    },
    async [Symbol.asyncDispose]() {},
  };
}

/** A sink that accepts each page key once and records the values under it. */
export function idempotentSink(): SinkWriter & {
  readonly received: ReadonlyMap<string, readonly Json[]>;
  readonly deliveries: number;
  readonly contradictions: readonly string[];
  readonly values: () => readonly Json[];
} {
  const received = new Map<string, readonly Json[]>();
  const contradictions: string[] = [];
  const nameOf = ({ lineage, split, page }: PageKey) => `${lineage} ${split} ${page}`;
  let deliveries = 0;
  return {
    received,
    contradictions,
    get deliveries() {
      return deliveries;
    },
    values: () => [...received.values()].flat(),
    async write({ key, records }) {
      deliveries++;
      const [name, values] = [nameOf(key), records.map(({ value }) => value)];
      const before = received.get(name);
      if (!before) received.set(name, values);
      else if (JSON.stringify(before) !== JSON.stringify(values)) contradictions.push(name);
      return { refused: [], bytes: records.length };
    },
  };
}

/** Connects these sources, transforms and sinks to every flow of the platform. */
export function connectOperators(
  platform: TestPlatform,
  { sources, chain = aChain(), sinks }: { sources: SourceReader[]; chain?: Chain; sinks: SinkWriter[] },
): void {
  platform.open = async () => ({ sources, chain, sinks, taps: new Map(), async [Symbol.asyncDispose]() {} });
}
