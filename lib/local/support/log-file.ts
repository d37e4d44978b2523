import { appendFileSync, renameSync, statSync } from 'node:fs';
import type { LogEntry, LogSink } from '../lambda/log.ts';

/** Bytes after which the log file is rotated; one old file is kept. */
const MAX_LOG_BYTES = 20 * 1024 * 1024;

/**
 * Creates a log sink that appends JSON lines to a file.
 *
 * @param attention receives entries of level `error`
 */
export function logToFile(file: string, attention: (entry: LogEntry) => void): LogSink {
  let size = sizeOf(file);
  return (entry) => {
    const line = `${JSON.stringify({ time: new Date().toISOString(), ...entry })}\n`;
    if (size > MAX_LOG_BYTES) {
      renameSync(file, `${file}.old`);
      size = 0;
    }
    appendFileSync(file, line);
    size += Buffer.byteLength(line);
    if (entry.level === 'error') attention(entry);
  };
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}
