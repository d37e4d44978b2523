import { LIMIT_NAMES, LIMIT_RANGES } from '../../core/domain/limits.ts';
import type { Log } from '../../core/platform/log.ts';
import { putLimits as keepLimits, type LimitChanges } from '../../core/store/limits.ts';
import { type LimitsPlatform, loadLimitsView } from '../administration/limits-view.ts';
import { inputObject, integer } from '../http/input-schemas.ts';
import { type ApiResponse, operation } from '../http/operation.ts';

export type AdminLimitsPlatform = LimitsPlatform & { readonly log: Pick<Log, 'info'> };

/** The limits by name. `null` restores the deployment's default; a missing limit is unchanged. */
const limitChangesSchema = inputObject(
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
      return toLimitsResponse('Limits retrieved successfully', await loadLimitsView(platform, tenant), platform.now());
    },
  });

export const putLimits = (platform: AdminLimitsPlatform) =>
  operation({
    body: limitChangesSchema,
    async handle({ caller: { tenant, name }, body }) {
      await keepLimits(platform.db, tenant, body as LimitChanges);
      platform.log.info('limits.changed', { tenant, by: name, limits: body });
      return toLimitsResponse('Limits updated successfully', await loadLimitsView(platform, tenant), platform.now());
    },
  });

function toLimitsResponse(message: string, data: object, now: number): ApiResponse {
  return { status: 200, body: { success: true, message, data, timestamp: new Date(now).toISOString() } };
}
