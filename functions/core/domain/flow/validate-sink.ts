import { InvalidInput } from '../errors.ts';
import { assertNoCursorPlaceholder } from './delta.ts';
import { type Sink, TIME_PLACEHOLDERS } from './sink.ts';
import { validateCsvOptions } from './validate-csv-options.ts';
import { validateKey } from './validate-key.ts';

/** Placeholder in the key of an S3 sink, replaced by the unique part of a page's key. */
const PAGE_PLACEHOLDER = '{page}';

/** Validates the rules of a sink that span several fields. */
export function validateSink(field: string, sink: Sink): void {
  if (sink.type === 'http') assertNoCursorPlaceholder(field, JSON.stringify([sink.url, sink.headers]));
  if (sink.type !== 's3') return;
  const key = `${field}.key`;
  validateKey(key, sink.key);
  if (sink.key.split(PAGE_PLACEHOLDER).length !== 2)
    throw new InvalidInput(key, `must hold ${PAGE_PLACEHOLDER} once, got '${sink.key}'`);
  const [unknown] = (sink.key.match(/\{\{[^}]*\}\}/g) ?? []).filter((each) => !isTimePlaceholder(each));
  if (unknown !== undefined)
    throw new InvalidInput(
      key,
      `must have no placeholders but ${PAGE_PLACEHOLDER}, ${TIME_PLACEHOLDERS.join(', ')}, got '${unknown}'`,
    );
  if (sink.csv === undefined) return;
  if (sink.format !== 'csv')
    throw new InvalidInput(`${field}.csv`, `must be absent: the format is ${sink.format}, not csv`);
  validateCsvOptions(`${field}.csv`, sink.csv);
}

const isTimePlaceholder = (text: string): boolean => TIME_PLACEHOLDERS.some((known) => known === text);
