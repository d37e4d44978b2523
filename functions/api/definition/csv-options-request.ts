import * as z from 'zod';
import { ENCODINGS } from '../../core/domain/flow/csv-options.ts';
import { SINK_ENCODINGS } from '../../core/domain/flow/sink.ts';
import {
  flag,
  inputObject,
  listOf,
  matchingText,
  oneOf,
  orDefault,
  text,
  withParsedSchema,
} from '../http/input-schemas.ts';
import { lazy } from '../http/route.ts';

/** A column separator of CSV: a tab or one ASCII punctuation character. */
const DELIMITER = /^[\t!#-/:-@[-`{-~]$/;
const QUOTE = /^[!-/:-@[-`{-~]$/;
const MAX_COLUMNS = 1_000;

export const delimiter = () => matchingText(DELIMITER, 'one ASCII punctuation character but a double quote, or a tab');

const quote = () => matchingText(QUOTE, 'one ASCII punctuation character, or null');

const dialect = lazy(() => ({
  delimiter: orDefault(delimiter(), undefined),
  // `null` disables quotes, so it must not mean the default here.
  quote: withParsedSchema(quote().nullish(), quote().nullable().optional()),
  header: orDefault(
    z.union([flag(), listOf(text(256), MAX_COLUMNS, 1)], {
      error: `must be true, false, or a list of 1–${MAX_COLUMNS} names`,
    }),
    undefined,
  ),
}));

/** The request schema of `CsvOptions`. */
export const csvOptions = lazy(() => inputObject({ ...dialect(), encoding: orDefault(oneOf(ENCODINGS), undefined) }));

/** The request schema of `SinkCsvOptions`. */
export const sinkCsvOptions = lazy(() =>
  inputObject({ ...dialect(), encoding: orDefault(oneOf(SINK_ENCODINGS), undefined) }),
);
