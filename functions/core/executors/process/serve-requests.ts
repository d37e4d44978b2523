import { parseExactJson } from '../../domain/exact-json.ts';
import { denyNetwork } from '../script/confine-network.ts';
import { readJsonLines } from './json-lines.ts';

/**
 * Serves the parent of a confined process: reads requests from the standard input, one JSON value per line, without network
 * access. The process ends with its parent, and at a line that is no JSON.
 *
 * Writes to the standard output block: the work on the next request may block the event loop before a buffer is flushed, and
 * memory does not fill with responses that the parent has not read.
 */
export function serveRequests(onRequest: (request: unknown) => void): void {
  denyNetwork();
  readJsonLines(process.stdin, onRequest, () => process.exit(1), Number.POSITIVE_INFINITY, parseExactJson);
  // Without the parent there is no reader for responses.
  process.stdin.on('end', () => process.exit());
  process.stdout.on('error', () => process.exit());
  (process.stdout as unknown as { _handle: { setBlocking(on: boolean): void } })._handle.setBlocking(true);
}
