import { defineScript, type TriggerInput } from '../../../functions/scripts/lib/define-script.ts';

interface Call extends TriggerInput {
  readonly job: string;
}

/**
 * Starts the runs of its payload, a list of calls, one after another. Logs what each call returns or throws, as JSON.
 */
export default defineScript<readonly string[], readonly string[], readonly Call[]>({
  async run({ payload, trigger, log }) {
    for (const { job, ...input } of payload ?? []) {
      const outcome = await trigger(job, input).catch((error: Error & { readonly code?: string }) => ({
        name: error.name,
        code: error.code,
        message: error.message,
      }));
      log.info(JSON.stringify(outcome));
    }
  },
});
