import { defineScript } from '../../../functions/scripts/lib/define-script.ts';

/**
 * Posts its process id, run id and attempt to a URL and waits for the response. Logs the response, or fails unless the
 * status is 2xx. With the argument `stubborn`, the script ignores SIGTERM.
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
