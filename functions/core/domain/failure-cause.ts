import { createHash } from 'node:crypto';
import type { Run } from './run.ts';
import { truncate } from './text.ts';

/** A group of failures of a job that have the same cause. */
export interface FailureCause {
  /** Id in requests: 12 characters of 0–9 a–f, equal for all runs of the job with the same cause. */
  readonly id: string;
  /** 12 characters of 0–9 a–f, equal for runs of any job that failed with the same kind and message. */
  readonly messageId: string;
  /** The message of the run, with its variable parts. */
  readonly message: string;
}

/** Parts of a message that differ between runs with the same cause. */
const VARIABLE_PARTS = [
  // A UUID, a ULID, a time, and text that looks like a hash or an id.
  /\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b/gi,
  /\b[0-7][0-9A-HJKMNP-TV-Z]{25}\b/gi,
  /\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?/gi,
  /\b(?=[a-f]*\d)[0-9a-f]{8,}\b/gi,
] as const;

/** Numbers, except numbers with a meaning: `HTTP 502`, `exit code 3`. */
const NUMBERS = /\b((?:HTTP|exit code) \d{1,3})\b|\d+(?:[.,]\d+)*/gi;

/** Maximum length of the part of a message that is compared, in characters. */
const MAX_MESSAGE_LENGTH = 300;

/** Replaces the variable parts of a message, so that messages with the same cause become equal. */
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

/** Returns the cause of a failed run. If the message is only an exit code, the last line of stderr is appended. */
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
