/** Entry point of the command line, `npx jobdeck <command>`. */
import { enableCompileCache } from 'node:module';
import { createInterface } from 'node:readline/promises';

// Before the modules of the command line are loaded: two thirds of the CPU time of a short command.
enableCompileCache();
const { main } = await import('../lib/cli/main.ts');

// A closed pipe (`| head`) is not an error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? 0 : 1);
});

process.exitCode = await main(process.argv.slice(2), process.env, {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  ...(process.stdin.isTTY && process.stderr.isTTY && { ask }),
});

/** Asks on the standard error, so that the output stays clean. */
async function ask(question: string): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  // The end of the input is an empty answer.
  const closed = new Promise<string>((resolve) => terminal.once('close', () => resolve('')));
  try {
    return await Promise.race([terminal.question(question), closed]);
  } finally {
    terminal.close();
  }
}
