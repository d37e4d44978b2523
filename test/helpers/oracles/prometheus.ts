/** A time series of a text in Prometheus's format. */
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
 * Reads a text as a Prometheus server does (format 0.0.4), and as strictly as its linter: what has one name stands
 * together, behind its HELP and its TYPE, and no series is there twice.
 *
 * @throws Error that tells the line
 */
export function parsePrometheus(text: string): readonly Series[] {
  if (!text.endsWith('\n')) throw new Error('the last line has no end');
  const all: Series[] = [];
  const begun = new Set<string>();
  const seen = new Set<string>();
  let [help, type] = ['', ''];
  for (const [i, line] of text.slice(0, -1).split('\n').entries()) {
    const refuse = (why: string): never => {
      throw new Error(`line ${i + 1}: ${why}: ${line}`);
    };
    const [, kind, about = '', rest = ''] = COMMENT.exec(line) ?? [];
    if (kind === 'HELP') {
      if (begun.has(about)) refuse('its family was there before');
      begun.add(about);
      help = about;
      if (/\\[^\\n]/.test(rest)) refuse('an escape that there is not');
    } else if (kind === 'TYPE') {
      if (about !== help) refuse('TYPE of another family than HELP');
      if (!/^(counter|gauge)$/.test(rest)) refuse('no such type');
      if ((rest === 'counter') !== about.endsWith('_total')) refuse('counters, and they alone, end in _total');
      type = about;
    } else {
      const [, name = '', labels = '', value = ''] = SAMPLE.exec(line) ?? refuse('no sample');
      if (name !== type) refuse('a sample outside of its family');
      const series = {
        name,
        labels: labelsIn(labels) ?? refuse('labels'),
        value: Number(value.replace('Inf', 'Infinity')),
      };
      const key = JSON.stringify([
        name,
        ...Object.entries(series.labels)
          .map((label) => label.join('='))
          .toSorted(),
      ]);
      if (seen.has(key)) refuse('a series that was there before');
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
