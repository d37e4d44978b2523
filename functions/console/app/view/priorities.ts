/** The choices of a priority with their labels. */
export const PRIORITY_OPTIONS = [
  ['1', '1 – most urgent'],
  ['2', '2'],
  ['3', '3 – normal'],
  ['4', '4'],
  ['5', '5 – least urgent'],
] as const;
