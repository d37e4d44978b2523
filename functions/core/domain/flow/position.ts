import type { Json } from '../json.ts';

/** The start of a page within a split, in the source's own format; null at the beginning. */
export type Position = Json;
