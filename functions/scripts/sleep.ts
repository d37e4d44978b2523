import { setTimeout as wait } from 'node:timers/promises';
import { numberArgument } from './lib/arguments.ts';
import { defineScript } from './lib/define-script.ts';

/** Sleeps for the number of seconds given as argument (default 1) and stops early when the run is canceled. */
export default defineScript({
  description: 'Sleeps, and stops early when the run is canceled.',
  usage: '[seconds]',
  args: ([seconds = '1']) => ({ seconds: numberArgument('seconds', seconds, { min: 0, max: 840 }) }),
  async run({ args, signal, log }) {
    log.info(`sleeping for ${args.seconds} s`);
    await wait(args.seconds * 1000, undefined, { signal });
    log.info('awake');
  },
});
