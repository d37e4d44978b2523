import { LIMIT_NAMES, LIMIT_RANGES } from '../../core/domain/limits.ts';
import type { Log } from '../../core/platform/log.ts';
import { putLimits as keepLimits, type LimitChanges } from '../../core/store/limits.ts';
import { type Answer, operation } from '../http/operation.ts';
import { fields, integer } from '../http/shapes.ts';
import { type LimitsPlatform, limitsView } from '../limits/limits-view.ts';

export type AdminLimitsPlatform = LimitsPlatform & { readonly log: Pick<Log, 'info'> };

/** Each of the limits: a number, or null for the deployment's; what is left out stays. */
const changes = fields(
  Object.fromEntries(
    LIMIT_NAMES.map((name) => [
      name,
      integer(...LIMIT_RANGES[name])
        .nullable()
        .optional(),
    ]),
  ),
);

export const getLimits = (platform: LimitsPlatform) =>
  operation({
    async handle({ caller: { tenant } }) {
      return answer('Limits retrieved successfully', await limitsView(platform, tenant), platform.now());
    },
  });

export const putLimits = (platform: AdminLimitsPlatform) =>
  operation({
    body: changes,
    async handle({ caller: { tenant, name }, body }) {
      await keepLimits(platform.db, tenant, body as LimitChanges);
      platform.log.info('limits.changed', { tenant, by: name, limits: body });
      return answer('Limits updated successfully', await limitsView(platform, tenant), platform.now());
    },
  });

function answer(message: string, data: object, now: number): Answer {
  return { status: 200, body: { success: true, message, data, timestamp: new Date(now).toISOString() } };
}
