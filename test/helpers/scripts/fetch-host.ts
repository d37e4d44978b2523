import { defineScript } from '../../../functions/scripts/lib/define-script.ts';

/** Requests a URL and logs the status or the error. */
export default defineScript({
  async run({ args: [url = ''], log }) {
    try {
      log.info(String((await fetch(url, { signal: AbortSignal.timeout(5_000) })).status));
    } catch (error) {
      log.info(String((error as Error).cause ?? error));
    }
  },
});
