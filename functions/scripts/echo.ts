import { defineScript } from './lib/define-script.ts';

/** Prints its arguments. */
export default defineScript({
  run: ({ args, log }) => log.info(args.join(' ')),
});
