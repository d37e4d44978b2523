import type { Platform } from '../../core/platform/platform.ts';
import { type CursorSigner, createCursorSigner as create } from '../http/cursor.ts';
import { invalidQueryError } from './invalid-query.ts';

/** Creates the cursor signer of the flows surface. */
export const createFlowsCursorSigner = (platform: Pick<Platform, 'db' | 'now'>): CursorSigner =>
  create(platform, () =>
    invalidQueryError('cursor', 'must be the one of a `Link: rel="next"` header, with the same filter beside it'),
  );
