import type { Readable } from 'node:stream';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** One line that a function, or the host on its behalf, had to say. */
export interface LogEntry {
  readonly functionName: string;
  readonly level: LogLevel;
  /** As it was written: a JSON object where the function logs JSON. */
  readonly text: string;
  /** The invocation it belongs to, where one was running. */
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

/** The level a JSON log line names, or the fallback. */
export function levelOf(line: string, fallback: LogLevel): LogLevel {
  const level = /^\{.*?"level"\s*:\s*"([a-z]+)"/i.exec(line)?.[1] ?? '';
  return LEVELS[level.toLowerCase()] ?? fallback;
}

/** Calls back for every line, and for what stands after the last line's end when the stream closes. */
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
