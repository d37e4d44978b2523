import type { Platform } from '../../core/platform/platform.ts';
import { type Cursors, createCursors as create } from '../http/cursor.ts';
import { invalidQuery } from './invalid-query.ts';

/** Places in this surface's lists. */
export const createCursors = (platform: Pick<Platform, 'db' | 'now'>): Cursors =>
  create(platform, () =>
    invalidQuery('cursor', 'must be the one of a `Link: rel="next"` header, with the same filter beside it'),
  );
