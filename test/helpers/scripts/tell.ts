import { defineScript } from '../../../functions/scripts/lib/define-script.ts';

/** Tells the variables that its arguments name: on both streams, in its report, and in the error that ends it. */
export default defineScript({
  async run({ args, env, report }) {
    const told = args.map((name) => `${name}=${env[name]}`).join('\n');
    console.log(told);
    console.error(told);
    report({ meta: { told } });
    throw new Error(told);
  },
});
