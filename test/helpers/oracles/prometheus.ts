/** A time series in Prometheus's text format. */
export interface Series {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const COMMENT = /^# (HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+)$/;
const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (-?\d+(?:\.\d+)?(?:e[+-]?\d+)?|NaN|[+-]Inf)$/;
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"(?:,|$)/y;
const ESCAPES: Readonly<Record<string, string>> = { '\\\\': '\\', '\\"': '"', '\\n': '\n' };

/**
 * Parses Prometheus's text format 0.0.4 with the rules of its linter: a metric's lines are adjacent and follow its HELP
 * and TYPE, and no series is repeated.
 *
 * @throws Error with the number of the line
 */
export function parsePrometheus(text: string): readonly Series[] {
  if (!text.endsWith('\n')) throw new Error('the last line has no line end');
  const all: Series[] = [];
  const startedMetrics = new Set<string>();
  const seen = new Set<string>();
  let [help, type] = ['', ''];
  for (const [i, line] of text.slice(0, -1).split('\n').entries()) {
    const refuse = (why: string): never => {
      throw new Error(`line ${i + 1}: ${why}: ${line}`);
    };
    const [, kind, about = '', rest = ''] = COMMENT.exec(line) ?? [];
    if (kind === 'HELP') {
      if (startedMetrics.has(about)) refuse('the metric is repeated');
      startedMetrics.add(about);
      help = about;
      if (/\\[^\\n]/.test(rest)) refuse('unknown escape');
    } else if (kind === 'TYPE') {
      if (about !== help) refuse('TYPE without HELP of the same metric');
      if (!/^(counter|gauge)$/.test(rest)) refuse('unknown type');
      if ((rest === 'counter') !== about.endsWith('_total')) refuse('only counters must end in _total');
      type = about;
    } else {
      const [, name = '', labels = '', value = ''] = SAMPLE.exec(line) ?? refuse('not a sample');
      if (name !== type) refuse('the sample belongs to another metric');
      const series = {
        name,
        labels: labelsIn(labels) ?? refuse('malformed labels'),
        value: Number(value.replace('Inf', 'Infinity')),
      };
      const key = JSON.stringify([
        name,
        ...Object.entries(series.labels)
          .map((label) => label.join('='))
          .toSorted(),
      ]);
      if (seen.has(key)) refuse('the series is repeated');
      seen.add(key);
      all.push(series);
    }
  }
  return all;
}

function labelsIn(text: string): Series['labels'] | undefined {
  const labels: Record<string, string> = {};
  LABEL.lastIndex = 0;
  while (LABEL.lastIndex < text.length) {
    const [, name = '', value = ''] = LABEL.exec(text) ?? [];
    if (name === '' || name in labels) return undefined;
    labels[name] = value.replaceAll(/\\[\\"n]/g, (pair) => ESCAPES[pair] ?? '');
  }
  return labels;
}
