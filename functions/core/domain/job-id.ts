/** 1–64 of `A–Z a–z 0–9 _ - .`, starting with a letter or digit: clients put ids into URLs without escaping. */
export const JOB_ID = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;

/** The rule in words, to follow "must be". */
export const JOB_ID_RULE = '1–64 of A–Z a–z 0–9 _ - . and start with a letter or digit';

export function isJobId(value: string): boolean {
  return JOB_ID.test(value);
}
