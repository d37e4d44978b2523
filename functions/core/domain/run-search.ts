import { InvalidInput } from './errors.ts';
import type { Job } from './job.ts';
import type { Json } from './json.ts';
import { namesIn } from './path-names.ts';
import { PAYLOAD_PATH, PAYLOAD_PATH_RULE } from './payload-path.ts';
import { durationOf, type Run } from './run.ts';

/** Maximum number of payload fields of a job that a search finds. */
export const MAX_SEARCHABLE_FIELDS = 10;

/** Maximum length of a searched text, in characters. */
export const MAX_SEARCH_LENGTH = 200;

/** Conditions of a search for runs; `null` disables a condition. */
export interface RunSearch {
  /** Words that the texts of a run must contain, in lower case; empty for any run. */
  readonly words: readonly string[];
  /** Limits of the duration in milliseconds, both inclusive. */
  readonly minDurationMs: number | null;
  readonly maxDurationMs: number | null;
  readonly minAttempts: number | null;
}

/** The part of a job by which its runs are found. */
export type SearchedJob = Pick<Job, 'name' | 'searchable'>;

/** Splits a text into the words that a run must contain: letters of either case match. */
export const toSearchWords = (text: string): readonly string[] => [
  ...new Set(text.toLowerCase().split(/\s+/u).filter(Boolean)),
];

/**
 * @param texts contain words in any place
 * @param id the public id of the run, which a word is the start of, or the last part of. Random letters of an id within it
 * do not count
 * @returns whether each word is a part of one of the texts or matches the id
 */
export function containsWords(words: readonly string[], texts: readonly string[], id: string): boolean {
  const lowerCase = texts.map((text) => text.toLowerCase());
  const lowerCaseId = id.toLowerCase();
  const ulid = lowerCaseId.slice(lowerCaseId.lastIndexOf('.') + 1);
  return words.every(
    (word) => word === ulid || lowerCaseId.startsWith(word) || lowerCase.some((text) => text.includes(word)),
  );
}

/** Returns the texts of a run by which it is found: name and id of its job, its failure, and its tags. */
export const searchTextsOf = (run: Run, { name }: SearchedJob): readonly string[] => [
  name,
  run.jobId,
  ...(run.failure ? [run.failure.message] : []),
  ...run.tags,
];

/** Returns the texts, numbers and truth values of a payload at the paths. A name selects from each element of a list. */
export function searchTextsIn(payload: Json | undefined, paths: readonly string[]): readonly string[] {
  return paths.flatMap((path) =>
    valuesAt(
      payload,
      namesIn(path).map(({ text }) => text),
    ),
  );
}

function valuesAt(value: Json | undefined, names: readonly string[]): string[] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) return value.flatMap((element) => valuesAt(element, names));
  const [name, ...others] = names;
  if (name === undefined) return typeof value === 'object' ? [] : [String(value)];
  if (typeof value !== 'object' || !Object.hasOwn(value, name)) return [];
  return valuesAt((value as Readonly<Record<string, Json>>)[name], others);
}

/**
 * @param now epoch milliseconds: the end of an active run's duration
 * @returns whether the run has the duration and the attempts of the search; one that never started has no duration
 */
export function matchesNumbers(
  run: Run,
  { minDurationMs, maxDurationMs, minAttempts }: RunSearch,
  now: number,
): boolean {
  if (minAttempts !== null && run.attempt < minAttempts) return false;
  if (minDurationMs === null && maxDurationMs === null) return true;
  const finishedAt = run.finishedAt ?? new Date(now).toISOString();
  const durationMs = durationOf({ startedAt: run.startedAt, finishedAt });
  if (durationMs === null) return false;
  return durationMs >= (minDurationMs ?? 0) && durationMs <= (maxDurationMs ?? Number.POSITIVE_INFINITY);
}

/**
 * Validates the paths of the payload fields of a job by which its runs are found.
 *
 * @throws InvalidInput
 */
export function validateSearchable(paths: readonly string[]): void {
  for (const [index, path] of paths.entries()) {
    if (PAYLOAD_PATH.test(path)) continue;
    throw new InvalidInput(`searchable[${index}]`, `${PAYLOAD_PATH_RULE}, got '${path}'`);
  }
}
