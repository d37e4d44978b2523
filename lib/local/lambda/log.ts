import type { Readable } from 'node:stream';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** One log line of a function, or of the host on behalf of a function. */
export interface LogEntry {
  readonly functionName: string;
  readonly level: LogLevel;
  /** The line as written; a JSON object if the function logs JSON. */
  readonly text: string;
  /** Id of the invocation that wrote the line, if one was running. */
  readonly requestId?: string;
}

export type LogSink = (entry: LogEntry) => void;

const LEVELS: Readonly<Record<string, LogLevel>> = {
  debug: 'debug',
  info: 'info',
  warn: 'warn',
  error: 'error',
  critical: 'error',
  fatal: 'error',
};

/** Returns the level that a JSON log line contains. */
export function levelOf(line: string, fallback: LogLevel): LogLevel {
  const level = /^\{.*?"level"\s*:\s*"([a-z]+)"/i.exec(line)?.[1] ?? '';
  return LEVELS[level.toLowerCase()] ?? fallback;
}

/** Calls `onLine` for each non-empty line, and for an incomplete last line when the stream ends. */
export function readLines(stream: Readable, onLine: (line: string) => void): void {
  let rest = '';
  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line) onLine(line);
  });
  stream.on('end', () => {
    if (rest) onLine(rest);
  });
}
