import { readFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { CommandFailed } from './errors.ts';

/** Encodings by their byte order mark, in hexadecimal. PowerShell 5 redirects output as UTF-16. */
const ENCODINGS: readonly (readonly [mark: string, encoding: string])[] = [
  ['efbbbf', 'utf-8'],
  ['fffe', 'utf-16le'],
  ['feff', 'utf-16be'],
];

/**
 * Reads JSON from a file, or from the standard input if `file` is `-`. The encoding is UTF-8 unless a byte order mark
 * says otherwise.
 *
 * @param parse parses the text; throws if it is not JSON
 * @throws CommandFailed if the file cannot be read or is not JSON; the message names the file
 */
export async function readJson(file: string, parse: (text: string) => unknown = JSON.parse): Promise<unknown> {
  try {
    // A synchronous read of a pipe fails with EAGAIN while its writer has written nothing.
    const bytes = file === '-' ? await buffer(process.stdin) : await readFile(file);
    const head = bytes.toString('hex', 0, 3);
    const [, encoding] = ENCODINGS.find(([mark]) => head.startsWith(mark)) ?? ['', 'utf-8'];
    return parse(new TextDecoder(encoding, { fatal: true }).decode(bytes));
  } catch (error) {
    throw new CommandFailed(`${file === '-' ? 'The standard input' : file}: ${(error as Error).message}`);
  }
}

/**
 * Reads a text like `readJson`.
 *
 * @throws CommandFailed if the file cannot be read or is not text; the message names the file
 */
export const readText = async (file: string): Promise<string> => String(await readJson(file, (text) => text));
