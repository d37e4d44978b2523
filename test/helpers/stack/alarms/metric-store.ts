/** Dimension values by name. */
export type Dimensions = Readonly<Record<string, string>>;

interface Datum {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly value: number;
}

/** A log line in CloudWatch's embedded metric format. */
interface EmbeddedLine {
  readonly _aws: {
    readonly CloudWatchMetrics: readonly {
      readonly Namespace: string;
      readonly Dimensions: readonly (readonly string[])[];
      readonly Metrics: readonly { readonly Name: string }[];
    }[];
  };
}

/**
 * The data points of CloudWatch metrics. Namespace, name and all dimensions identify a metric: a query with fewer
 * dimensions reads another metric.
 */
export class MetricStore {
  readonly #data: Map<string, Datum[]>;
  readonly #delayMs: number;
  readonly #now: number;

  /**
   * @param delayMs milliseconds after which a data point is visible
   *
   * @param data data points of another store, and the time of which the new store shows them
   */
  constructor(delayMs = 0, data: Map<string, Datum[]> = new Map(), now = Number.POSITIVE_INFINITY) {
    this.#delayMs = delayMs;
    this.#data = data;
    this.#now = now;
  }

  /** Returns a view of the data points that are visible at `now`. */
  asOf(now: number): MetricStore {
    return new MetricStore(this.#delayMs, this.#data, now);
  }

  put(namespace: string, name: string, dimensions: Dimensions, at: number, value: number): void {
    const key = keyOf(namespace, name, dimensions);
    const data = this.#data.get(key) ?? [];
    data.push({ at, value });
    this.#data.set(key, data);
  }

  /** Stores the metrics of a log line, as CloudWatch does. Ignores a line without metrics. */
  putLine(line: object, at: number): void {
    if (!('_aws' in line)) return;
    const values = line as unknown as Readonly<Record<string, unknown>>;
    for (const { Namespace, Dimensions: sets, Metrics } of (line as EmbeddedLine)._aws.CloudWatchMetrics) {
      for (const names of sets) {
        const dimensions = Object.fromEntries(names.map((name) => [name, String(values[name])]));
        for (const { Name } of Metrics) {
          const value = values[Name];
          for (const one of Array.isArray(value) ? (value as unknown[]) : [value]) {
            if (typeof one !== 'number') throw new Error(`${Name} of ${JSON.stringify(line)} is not a number`);
            this.put(Namespace, Name, dimensions, at, one);
          }
        }
      }
    }
  }

  /** Returns the values from `from` (inclusive) to `to` (exclusive). */
  values(namespace: string, name: string, dimensions: Dimensions, from: number, to: number): number[] {
    const data = this.#data.get(keyOf(namespace, name, dimensions)) ?? [];
    return data.filter(({ at }) => at >= from && at < to && at + this.#delayMs <= this.#now).map(({ value }) => value);
  }
}

const keyOf = (namespace: string, name: string, dimensions: Dimensions): string =>
  JSON.stringify([namespace, name, Object.entries(dimensions).sort(([a], [b]) => (a < b ? -1 : 1))]);
