import { defineScript } from '../../../functions/scripts/lib/define-script.ts';

/**
 * Tells a URL which process runs which attempt, and ends when that is answered: with the answer as its output, or with an
 * error unless it is a 2xx. With a second argument `stubborn`, SIGTERM does not end it.
 */
export default defineScript({
  args: ([url = '', manner]) => ({ url, stubborn: manner === 'stubborn' }),
  async run({ args, run, log }) {
    if (args.stubborn) process.on('SIGTERM', () => log.warn('not now'));
    const body = JSON.stringify({ pid: process.pid, runId: run.runId, attempt: run.attempt });
    const response = await fetch(args.url, { method: 'POST', body });
    const text = await response.text();
    if (!response.ok) throw new Error(`${response.status} ${text}`);
    log.info(text);
  },
});
