import { defineScript } from '../../../functions/scripts/lib/define-script.ts';

/** Reports as many items as its argument says. */
export default defineScript({
  args: ([items]) => ({ itemsProcessed: Number(items) }),
  run: ({ args, report }) => report(args),
});
