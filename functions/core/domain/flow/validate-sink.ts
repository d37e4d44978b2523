import { InvalidInput } from '../errors.ts';
import { assertNoCursorPlaceholder } from './delta.ts';
import { type HttpSink, type S3Sink, type Sink, TIME_PLACEHOLDERS } from './sink.ts';
import { validateColumns } from './validate-columns.ts';
import { validateCsvOptions } from './validate-csv-options.ts';
import { validateKey } from './validate-key.ts';

/** Placeholder in the key of an S3 sink, replaced by the unique part of a page's key. */
const PAGE_PLACEHOLDER = '{page}';

/**
 * Validates the rules of a sink that span several fields.
 *
 * @param isLast whether no sink follows
 */
export function validateSink(field: string, sink: Sink, isLast: boolean): void {
  if (sink.type === 'http') validateHttpSink(field, sink, isLast);
  if (sink.type === 's3') validateS3Sink(field, sink);
}

function validateHttpSink(field: string, sink: HttpSink, isLast: boolean): void {
  const { url, headers, mode, format, responseMap } = sink;
  assertNoCursorPlaceholder(field, JSON.stringify([url, headers]));
  if (format === 'ndjson' && mode !== 'batch')
    throw new InvalidInput(`${field}.format`, `must be json: the mode is ${mode}, in which a request has one record`);
  if (responseMap === undefined) return;
  if (mode !== 'single')
    throw new InvalidInput(
      `${field}.responseMap`,
      `must be absent: the mode is ${mode}, in which many records have one response`,
    );
  if (isLast) throw new InvalidInput(`${field}.responseMap`, 'must be absent: no sink follows');
}

function validateS3Sink(field: string, sink: S3Sink): void {
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
  if (sink.columns !== undefined) validateColumns(`${field}.columns`, sink.format, sink.columns);
  if (sink.csv === undefined) return;
  if (sink.format !== 'csv')
    throw new InvalidInput(`${field}.csv`, `must be absent: the format is ${sink.format}, not csv`);
  validateCsvOptions(`${field}.csv`, sink.csv);
}

const isTimePlaceholder = (text: string): boolean => TIME_PLACEHOLDERS.some((known) => known === text);
