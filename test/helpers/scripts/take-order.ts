import * as z from 'zod';
import { defineScript } from '../../../functions/scripts/lib/define-script.ts';

const payload = z.strictObject({
  order: z.int().positive(),
  lines: z.array(z.strictObject({ sku: z.string(), count: z.int().default(1) })).default([]),
});

/** Prints the order that it receives, with defaults. */
export default defineScript({
  payload,
  run: ({ payload: { order, lines }, log }) =>
    log.info(`order ${order}: ${lines.map(({ sku, count }) => `${count} × ${sku}`).join(', ')}`),
});
