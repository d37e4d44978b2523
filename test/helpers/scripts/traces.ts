import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { defineScript } from '../../../functions/scripts/lib/define-script.ts';

declare global {
  var leftBehind: string | undefined;
}

/** `leave <text>` stores the text wherever a process can, `hold <text>` then waits, `find <folder>` searches for it. */
export default defineScript({
  async run({ args: [what, text = ''], env, signal, log }) {
    if (what !== 'find') {
      globalThis.leftBehind = text;
      process.env.LEFT_BEHIND = text;
      mkdirSync('inner');
      writeFileSync('inner/note', text);
      writeFileSync('note', text);
      setInterval(() => console.log(text), 10);
      log.info(process.cwd());
      if (what === 'hold') await wait(60_000, undefined, { signal });
      return;
    }
    log.info(
      JSON.stringify({
        global: globalThis.leftBehind ?? null,
        env: Object.keys(env).toSorted(),
        own: readdirSync('.'),
        theirs: attempt(() => readFileSync(`${text}/note`, 'utf8')),
      }),
    );
  },
});

function attempt(read: () => string): string | null {
  try {
    return read();
  } catch {
    return null;
  }
}
