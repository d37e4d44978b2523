/** The labels of a job: values by name. */
export type Labels = Readonly<Record<string, string>>;

export const MAX_LABELS = 20;
/** Maximum length of a label's value, in characters. */
export const MAX_LABEL_VALUE_LENGTH = 256;

/** A name may have a prefix like those of Kubernetes: `example.com/project`. It has neither `=` nor a comma. */
export const LABEL_NAME = /^[A-Za-z0-9_./-]{1,64}$/;
export const LABEL_NAME_RULE = '1–64 of A–Z a–z 0–9 _ . / -';

/** A label that a job must have. */
export interface LabelSelector {
  readonly name: string;
  readonly value: string;
}

/**
 * Parses `name=value`. The first `=` ends the name; the value may be empty.
 *
 * @returns `undefined` if the text has no `=`, or no valid name before it
 */
export function parseLabelSelector(text: string): LabelSelector | undefined {
  const end = text.indexOf('=');
  const [name, value] = [text.slice(0, Math.max(0, end)), text.slice(end + 1)];
  return LABEL_NAME.test(name) ? { name, value } : undefined;
}

/** @returns whether the labels have every selected name with the selected value */
export const matchesLabels = (labels: Labels, selectors: readonly LabelSelector[]): boolean =>
  selectors.every(({ name, value }) => Object.hasOwn(labels, name) && labels[name] === value);
