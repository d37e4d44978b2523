import { defineScript } from '../../../functions/scripts/lib/define-script.ts';

/**
 * Prints the named environment variables on both streams, and repeats them in its report and in the error with which it
 * fails.
 */
export default defineScript({
  async run({ args, env, report }) {
    const variables = args.map((name) => `${name}=${env[name]}`).join('\n');
    console.log(variables);
    console.error(variables);
    report({ meta: { variables } });
    throw new Error(variables);
  },
});
