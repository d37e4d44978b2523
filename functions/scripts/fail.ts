import { numberArgument } from './lib/arguments.ts';
import { defineScript } from './lib/define-script.ts';

/** Fails with the exit code given as argument (default 1). */
export default defineScript({
  description: 'Fails with an exit code.',
  usage: '[exit code]',
  args: ([code = '1']) => ({ code: numberArgument('code', code, { min: 1, max: 255, whole: true }) }),
  run({ args, log }) {
    log.error(`failing with exit code ${args.code}, as asked`);
    process.exitCode = args.code;
  },
});
