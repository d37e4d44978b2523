import type { Platform } from '../../core/platform/platform.ts';
import { operation } from '../http/operation.ts';
import { loadLimitsView } from './limits-view.ts';

/** Returns the limits of the caller's tenant. */
export const getLimits = (platform: Platform) =>
  operation({
    async handle({ caller: { tenant } }) {
      return { status: 200, body: await loadLimitsView(platform, tenant) };
    },
  });
