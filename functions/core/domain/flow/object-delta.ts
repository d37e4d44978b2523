import { InvalidInput } from '../errors.ts';
import { CURSOR_PLACEHOLDER_ATTEMPT } from './delta.ts';
import { validateKey } from './validate-key.ts';

/** The way in which an s3 source reads only objects that no run of the flow has read. */
export interface ObjectDelta {
  /** Objects are recognized by key and ETag. */
  readonly by: 'object';
  /**
   * Smallest text at the placeholder of the prefix that the first run reads.
   *
   * @defaultValue none, so that the first run reads everything
   */
  readonly start?: string | undefined;
}

/** The change of an object once all of its records are processed. */
export type Afterwards =
  /** The object moves to a folder within the tenant's folder. */
  | { readonly move: string }
  /** The object gets tags, in addition to those that it has. */
  | { readonly tag: Readonly<Record<string, string>> };

/** The delta of a source at the time at which a run was planned. It is a parameter of the source's first split. */
export interface ObjectDeltaStart {
  /** Number of times that a user had set the cursor. */
  readonly generation: number;
  /** Time of the planning, and ULID of the run. */
  readonly plannedAt: string;
  readonly plannedBy: string;
  /** Fingerprints of objects that were read before and no longer exist. */
  readonly forgotten: readonly string[];
  /** Smallest text at the placeholder of the unread objects that the run leaves to the next one; null if there are none. */
  readonly leftOver: string | null;
}

/** The parts of an s3 source that determine which objects are new. */
export interface ObjectDeltaSource {
  readonly prefix: string;
  readonly delta?: ObjectDelta | undefined;
  readonly afterwards?: Afterwards | undefined;
}

/** Maximum length of a cursor in characters. */
const MAX_CURSOR_LENGTH = 256;

/** A prefix, divided at its placeholder. */
export interface PrefixTemplate {
  /** Text before the placeholder, which all keys begin with. */
  readonly literal: string;
  /** Text behind the placeholder. */
  readonly suffix: string;
  /** Value that stands for the placeholder; null if the prefix has none. */
  readonly placeholder: 'cursor' | 'startedAt' | null;
}

const PLACEHOLDER = /\{\{(delta\.cursor|lastRun\.cursor|lastRun\.startedAt)\}\}/;

export function parsePrefix(prefix: string): PrefixTemplate {
  const [literal = '', name, suffix = ''] = prefix.split(PLACEHOLDER);
  const placeholder = name === undefined ? null : name === 'lastRun.startedAt' ? 'startedAt' : 'cursor';
  return { literal, suffix, placeholder };
}

/**
 * Returns the text of a key at the placeholder, up to the next slash or the suffix; the key itself without a placeholder.
 *
 * @returns `undefined` if the key does not match the prefix
 */
export function textAtPlaceholder({ literal, suffix, placeholder }: PrefixTemplate, key: string): string | undefined {
  if (!key.startsWith(literal)) return undefined;
  if (placeholder === null) return key;
  const [segment = ''] = key.slice(literal.length).split('/', 1);
  if (suffix === '') return segment || undefined;
  const end = key.indexOf(suffix, literal.length + 1);
  const text = end < 0 ? '' : key.slice(literal.length, end);
  return text.length > 0 && text.length <= segment.length ? text : undefined;
}

/** Compares texts like S3 compares keys: by their bytes in UTF-8. */
export const compareKeys = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

/** Returns the smallest text at the placeholder that a run reads; the empty text for all. */
export function floorOf(
  { placeholder }: PrefixTemplate,
  { start = '' }: ObjectDelta,
  { cursor, startedAt }: { readonly cursor: string | null; readonly startedAt: string | null },
): string {
  if (placeholder === null) return '';
  // Folders are named after days, and the folder of a day grows until its end.
  if (placeholder === 'startedAt' && startedAt !== null) return startedAt.slice(0, 'yyyy-mm-dd'.length);
  return cursor ?? start;
}

/**
 * Returns a key that precedes all keys of a run in the order of S3, or `undefined` if the run reads all keys with the
 * literal part of the prefix.
 */
export const listAfter = ({ literal }: PrefixTemplate, floor: string): string | undefined =>
  // The key of the floor itself may exist.
  floor === '' ? undefined : (literal + floor).replace(/.$/su, '');

/**
 * Returns the cursor after a run: the largest text at the placeholder of the objects that were read, but none behind an
 * object that is still unread.
 *
 * @param former cursor before the run; null if there was none
 */
export function advanceObjectCursor(
  former: string | null,
  read: Iterable<string>,
  unread: Iterable<string>,
): string | null {
  let limit: string | undefined;
  for (const text of unread) if (limit === undefined || compareKeys(text, limit) < 0) limit = text;
  let cursor = former;
  for (const text of read) {
    if (limit !== undefined && compareKeys(text, limit) > 0) continue;
    if (cursor === null || compareKeys(text, cursor) > 0) cursor = text;
  }
  return cursor;
}

/** Returns the key to which an object moves: the folder of the prefix is replaced. */
export const movedKey = ({ literal }: PrefixTemplate, move: string, key: string): string =>
  move + key.slice(literal.lastIndexOf('/') + 1);

/** Returns the cursor that is shown: empty before the first object was read. */
export const shownObjectCursor = (
  { prefix, delta }: ObjectDeltaSource,
  stored: { readonly cursor: string | null; readonly path: string } | undefined,
): string => (stored?.path === prefix ? stored.cursor : undefined) ?? delta?.start ?? '';

/** Finds the problem of a cursor that a user sets. */
export function findObjectCursorProblem(
  { prefix }: Pick<ObjectDeltaSource, 'prefix'>,
  cursor: string,
): string | undefined {
  if (parsePrefix(prefix).placeholder === null)
    return 'must be null, which forgets the objects that were read: the prefix has no {{delta.cursor}}';
  if (cursor.length < 1 || cursor.length > MAX_CURSOR_LENGTH || /[\p{C}\p{Zl}\p{Zp}/]/u.test(cursor))
    return `must be 1–${MAX_CURSOR_LENGTH} printable characters without /`;
  return undefined;
}

/** @throws InvalidInput */
export function validateObjectDelta(field: string, source: ObjectDeltaSource): void {
  const { prefix, delta, afterwards } = source;
  const attempts = prefix.match(CURSOR_PLACEHOLDER_ATTEMPT)?.length ?? 0;
  if (delta === undefined) {
    if (attempts > 0)
      throw new InvalidInput(`${field}.prefix`, `must not have the placeholder of a cursor without ${field}.delta`);
    if (afterwards)
      throw new InvalidInput(`${field}.afterwards`, `must be absent without ${field}.delta, which tells what was read`);
    return;
  }
  const template = parsePrefix(prefix);
  if (attempts > 1 || (attempts === 1 && template.placeholder === null))
    throw new InvalidInput(
      `${field}.prefix`,
      'must have at most one placeholder: {{delta.cursor}}, {{lastRun.cursor}} or {{lastRun.startedAt}}',
    );
  if (delta.start !== undefined) {
    const problem =
      template.placeholder === null
        ? `must be absent: ${field}.prefix has no {{delta.cursor}}`
        : findObjectCursorProblem(source, delta.start);
    if (problem !== undefined) throw new InvalidInput(`${field}.delta.start`, problem);
  }
  if (afterwards) validateAfterwards(`${field}.afterwards`, template, afterwards);
}

/** Tags that S3 accepts per object. */
const MAX_TAGS = 10;
const MAX_TAG_KEY = 128;
const MAX_TAG_VALUE = 256;
const TAG_TEXT = /^[\p{L}\p{N}\p{Zs}_.:/=+\-@]*$/u;

function validateAfterwards(field: string, { literal }: PrefixTemplate, afterwards: Afterwards): void {
  if (Object.keys(afterwards).length !== 1) throw new InvalidInput(field, 'must have one of move and tag');
  if ('move' in afterwards) {
    const { move } = afterwards;
    validateKey(`${field}.move`, move);
    if (!move.endsWith('/'))
      throw new InvalidInput(`${field}.move`, `must be a folder, which ends with /, got '${move}'`);
    // A moved object would be read again, or would not move at all.
    if (move.startsWith(literal) || literal.startsWith(move))
      throw new InvalidInput(`${field}.move`, `must be outside of the prefix '${literal}', got '${move}'`);
    return;
  }
  const tags = Object.entries(afterwards.tag);
  if (tags.length < 1 || tags.length > MAX_TAGS)
    throw new InvalidInput(`${field}.tag`, `must have 1–${MAX_TAGS} tags, got ${tags.length}`);
  for (const [name, value] of tags) {
    if (name.length < 1 || name.length > MAX_TAG_KEY || !TAG_TEXT.test(name) || /^aws:/i.test(name))
      throw new InvalidInput(
        `${field}.tag`,
        `must have names of 1–${MAX_TAG_KEY} letters, digits, spaces and _.:/=+-@, not aws:, got '${name}'`,
      );
    if (value.length > MAX_TAG_VALUE || !TAG_TEXT.test(value))
      throw new InvalidInput(
        `${field}.tag.${name}`,
        `must have at most ${MAX_TAG_VALUE} letters, digits, spaces and _.:/=+-@, got '${value}'`,
      );
  }
}
