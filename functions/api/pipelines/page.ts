import * as z from 'zod';

/** A page of a list; `has_more` tells whether another page follows. */
export const pageOf = <Item extends z.ZodType>(item: Item) => z.object({ data: z.array(item), has_more: z.boolean() });
