import { defineScript } from '../../../functions/scripts/lib/define-script.ts';

/** Reports the number of items given as argument. */
export default defineScript({
  args: ([items]) => ({ itemsProcessed: Number(items) }),
  run: ({ args, report }) => report(args),
});
