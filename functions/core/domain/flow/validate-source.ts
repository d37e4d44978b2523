import { InvalidInput } from '../errors.ts';
import { assertUnique } from './assert-unique.ts';
import { validateDelta } from './delta.ts';
import { validateObjectDelta } from './object-delta.ts';
import { validateRequestBody } from './request-body.ts';
import type { HttpSource, Paging, S3Source, Source } from './source.ts';
import { validateCsvOptions } from './validate-csv-options.ts';
import { validateKey } from './validate-key.ts';
import { validateJson } from './validate-record.ts';

/** Statuses of 400–499 after which a request is repeated. */
const REPEATED_STATUSES: readonly number[] = [408, 429];

/** Validates the rules of a source that span several fields. */
export function validateSource(field: string, source: Source): void {
  if (source.type === 'http') {
    validatePaging(`${field}.paging`, source.paging);
    validateResponseFormat(field, source);
    validateEndStatuses(`${field}.endStatuses`, source.endStatuses ?? []);
    validateEndWhen(`${field}.endWhen`, source);
    validateDelta(field, source);
    if (source.body) validateRequestBody(`${field}.body`, source.body, source.paging.type);
    if (source.body) validateJson(`${field}.body`, source.body);
  }
  if (source.type === 's3') {
    validateKey(`${field}.prefix`, source.prefix);
    validateObjectDelta(field, source);
    validateFormat(field, source);
  }
  if (source.type === 'generate') validateJson(`${field}.shape`, source.shape);
  if (source.type !== 'inline') return;
  for (const [i, record] of source.records.entries()) validateJson(`${field}.records[${i}]`, record);
}

/** Rejects a parameter name that is used twice: the second value would replace the first. */
function validatePaging(field: string, paging: Paging): void {
  if (paging.type === 'page' && paging.sizeParam !== null) {
    assertUnique([
      [`${field}.param`, paging.param],
      [`${field}.sizeParam`, paging.sizeParam],
    ]);
  }
  if (paging.type === 'offset') {
    assertUnique([
      [`${field}.param`, paging.param],
      [`${field}.limitParam`, paging.limitParam],
    ]);
  }
}

/** Rejects what responses of a format cannot have. */
function validateResponseFormat(field: string, { format = 'json', csv, records, paging }: HttpSource): void {
  if (csv !== undefined && format !== 'csv')
    throw new InvalidInput(`${field}.csv`, `must be absent: the format is ${format}, not csv`);
  if (csv) validateCsvOptions(`${field}.csv`, csv);
  if (format === 'json') return;
  if (records !== null) throw new InvalidInput(`${field}.records`, `must be absent: the format is ${format}, not json`);
  if ('path' in paging)
    throw new InvalidInput(
      `${field}.paging.type`,
      `must be none, page, offset or link: the format is ${format}, not json`,
    );
}

/** Rejects statuses of requests that are repeated: a throttled list would end early. */
function validateEndStatuses(field: string, statuses: readonly number[]): void {
  const at = statuses.findIndex((status) => REPEATED_STATUSES.includes(status));
  if (at >= 0)
    throw new InvalidInput(
      `${field}[${at}]`,
      `must not be ${REPEATED_STATUSES.join(' or ')}, after which a request is repeated, got ${statuses[at]}`,
    );
}

/** Rejects an expression on responses that have no value, or no next page. */
function validateEndWhen(field: string, { endWhen, format = 'json', paging }: HttpSource): void {
  if (endWhen === undefined) return;
  if (format !== 'json') throw new InvalidInput(field, `must be absent: the format is ${format}, not json`);
  if (paging.type === 'none') throw new InvalidInput(field, 'must be absent: the paging is none, so there is one page');
}

/** Rejects fields of another format. */
function validateFormat(field: string, { format, records, csv, delimiter, compression }: S3Source): void {
  if (compression !== undefined && format === 'parquet')
    throw new InvalidInput(`${field}.compression`, 'must be absent: the format is parquet, which is compressed within');
  if (records !== undefined && format !== 'json')
    throw new InvalidInput(`${field}.records`, `must be absent: the format is ${format}, not json`);
  if (csv === undefined) return;
  if (format !== 'csv') throw new InvalidInput(`${field}.csv`, `must be absent: the format is ${format}, not csv`);
  if (delimiter !== undefined && csv.delimiter !== undefined && delimiter !== csv.delimiter)
    throw new InvalidInput(`${field}.csv.delimiter`, `must be that of ${field}.delimiter, or absent`);
  validateCsvOptions(`${field}.csv`, csv, delimiter);
}
