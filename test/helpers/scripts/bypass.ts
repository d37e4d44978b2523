import { Console } from 'node:console';
import { createWriteStream, writeSync, writevSync } from 'node:fs';
import { Socket } from 'node:net';
import { WriteStream } from 'node:tty';
import { defineScript } from '../../../functions/scripts/lib/define-script.ts';

interface Handle {
  writeUtf8String(request: object, text: string): number;
}

const ways: Readonly<Record<string, (text: string) => unknown>> = {
  writeSync: (text) => writeSync(1, text),
  writevSync: (text) => writevSync(1, [Buffer.from(text)]),
  'a file stream on the descriptor': (text) => createWriteStream('', { fd: 1, autoClose: false }).write(text),
  'a socket on the descriptor': (text) => new Socket({ fd: 1, readable: false, writable: true }).write(text),
  'the handle of stdout': (text) =>
    (process.stdout as unknown as { _handle: Handle })._handle.writeUtf8String({}, text),
  'the handle of stderr': (text) =>
    (process.stderr as unknown as { _handle: Handle })._handle.writeUtf8String({}, text),
  _rawDebug: (text) => (process as unknown as { _rawDebug(text: string): void })._rawDebug(text),
  'a console of its own': (text) => new Console(process.stdout, process.stderr).log(text),
  'a terminal': (text) => new WriteStream(1).write(text),
};

/** Writes the name of each method to standard output without using `console.log`. */
export default defineScript({
  async run() {
    for (const [name, write] of Object.entries(ways)) write(`<${name}>\n`);
    // File streams write on a later turn of the event loop.
    await new Promise((resolve) => setTimeout(resolve, 50));
  },
});
