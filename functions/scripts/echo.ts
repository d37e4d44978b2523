import { defineScript } from './lib/define-script.ts';

/** Prints its arguments, or without arguments the payload of the run as JSON. */
export default defineScript({
  description: 'Prints its arguments, or without arguments the payload of the run as JSON.',
  usage: '[text]...',
  run: ({ args, payload, log }) =>
    log.info(args.length > 0 || payload === undefined ? args.join(' ') : JSON.stringify(payload)),
});
