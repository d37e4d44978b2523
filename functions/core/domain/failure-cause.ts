import { createHash } from 'node:crypto';
import type { Run } from './run.ts';
import { truncate } from './text.ts';

/** Why runs of a job failed: the same for all that failed for the same cause. */
export interface FailureCause {
  /** What requests call it: 12 characters of 0–9 a–f, the same as long as the job says the same. */
  readonly id: string;
  /** 12 characters of 0–9 a–f: the same for runs of any job that failed with the same kind and message. */
  readonly messageId: string;
  /** What the run said, as it said it. */
  readonly message: string;
}

/** What tells one run from another, and not one cause from another. */
const VARIABLE_PARTS = [
  // A UUID, a ULID, a time, and what is a hash or an id by the look of it.
  /\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b/gi,
  /\b[0-7][0-9A-HJKMNP-TV-Z]{25}\b/gi,
  /\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?/gi,
  /\b(?=[a-f]*\d)[0-9a-f]{8,}\b/gi,
] as const;

/** Numbers, but for those that say what happened: `HTTP 502`, `exit code 3`. */
const NUMBERS = /\b((?:HTTP|exit code) \d{1,3})\b|\d+(?:[.,]\d+)*/gi;

/** Longest part of a message that is looked at. */
const MAX_MESSAGE_LENGTH = 300;

/** A message without what tells one run from another: what two messages of the same cause have in common. */
export function normalizeMessage(message: string): string {
  const plain = VARIABLE_PARTS.reduce(
    (text, pattern) => text.replaceAll(pattern, '#'),
    truncate(message, MAX_MESSAGE_LENGTH),
  );
  return plain
    .replaceAll(NUMBERS, (_, meaning: string | undefined) => meaning ?? '#')
    .replaceAll(/\s+/g, ' ')
    .trim();
}

/** Of a failed run. An exit code says little: then the last line of stderr is part of what it said. */
export function toFailureCause({ jobId, failure, stderr }: Pick<Run, 'jobId' | 'failure' | 'stderr'>): FailureCause {
  const { kind, message: reported } = failure ?? { kind: 'error', message: '' };
  const last = stderr.trimEnd().split('\n').at(-1)?.trim() ?? '';
  const isCode = /^(exit code \d+)?$/.test(reported);
  const message = isCode && last ? [reported, last].filter(Boolean).join(': ') : reported;
  const common = `${kind}\n${normalizeMessage(message)}`;
  return {
    id: shortHash(`${jobId}\n${common}`),
    messageId: shortHash(common),
    message: truncate(message, MAX_MESSAGE_LENGTH),
  };
}

const shortHash = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 12);
