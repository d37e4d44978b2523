import type { Readable } from 'node:stream';

/**
 * Reads JSON values from a stream, one per line. Node's own IPC would parse malformed messages without a try block, so
 * that a script could end the worker.
 *
 * @param onMessage called with each value
 * @param onBroken called once with the fault if a line is not JSON or is longer than `maxLength` characters; later
 *   lines are not read
 * @param parse parses a line; throws if the line is not JSON
 */
export function readJsonLines(
  stream: Readable,
  onMessage: (message: unknown) => void,
  onBroken: (cause: string) => void,
  maxLength = Number.POSITIVE_INFINITY,
  parse: (text: string) => unknown = JSON.parse,
): void {
  let rest = '';
  let isBroken = false;
  const fail = (cause: string): void => {
    isBroken = true;
    rest = '';
    onBroken(cause);
  };
  stream.setEncoding('utf8');
  stream.on('data', (text: string) => {
    if (isBroken) return;
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const message = tryParse(line, parse);
      if (message === undefined) return fail('a line on the control channel is not JSON');
      onMessage(message);
    }
    if (rest.length > maxLength) fail(`a line on the control channel is longer than ${maxLength} characters`);
  });
}

function tryParse(line: string, parse: (text: string) => unknown): unknown {
  try {
    return parse(line);
  } catch {
    return undefined;
  }
}
