type Values = Readonly<Record<string, unknown>>;

/** A field in which two edits of one version differ. */
export interface Difference {
  /** Name in the API; `http.url` is a nested field. */
  readonly field: string;
  readonly before: string;
  readonly theirs: string;
  readonly mine: string;
}

/**
 * Returns the fields in which two edits differ, with their values as text.
 *
 * @param before the version that both edits are based on
 */
export function differencesBetween(before: Values, theirs: Values, mine: Values): readonly Difference[] {
  const [old, one, other] = [flatten(before), flatten(theirs), flatten(mine)];
  const fields = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...fields]
    .map((field) => ({ field, before: toText(old[field]), theirs: toText(one[field]), mine: toText(other[field]) }))
    .filter(({ theirs, mine }) => theirs !== mine);
}

/** Replaces objects by their fields, one level deep. */
const flatten = (values: Values): Values =>
  Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) =>
      isObject(value) ? Object.entries(value).map(([inner, item]) => [`${name}.${inner}`, item]) : [[name, value]],
    ),
  );

const isObject = (value: unknown): value is Values =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const toText = (value: unknown): string =>
  value === undefined || value === null ? '' : typeof value === 'string' ? value : JSON.stringify(value, null, 1);
