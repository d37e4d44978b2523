import { ADMISSION_MUTATIONS } from './admission.ts';
import { APPLY_MUTATIONS } from './apply.ts';
import { BACKFILL_MUTATIONS } from './backfills.ts';
import { CALENDAR_MUTATIONS } from './calendars.ts';
import { CATCH_UP_MUTATIONS } from './catch-up.ts';
import { CHAIN_MUTATIONS } from './chains.ts';
import { COUNTER_AND_NOTIFICATION_MUTATIONS } from './counters-and-notifications.ts';
import { DELAY_MUTATIONS } from './delays.ts';
import { EXTERNAL_MUTATIONS } from './external.ts';
import { FLOW_ERROR_MUTATIONS } from './flow-errors.ts';
import { FLOW_MUTATIONS } from './flows.ts';
import { KEY_MUTATIONS } from './keys.ts';
import { LOCK_MUTATIONS } from './locks.ts';
import type { Mutation } from './mutation.ts';
import { REGISTRAR_MUTATIONS } from './registrar.ts';
import { RUN_MUTATIONS } from './runs.ts';
import { SCRIPT_TRIGGER_MUTATIONS } from './script-triggers.ts';
import { SERVICE_BOUNDARY_MUTATIONS } from './service-boundary.ts';
import { SWEEPER_MUTATIONS } from './sweeper.ts';

/** All guards, each disabled in turn. */
export const MUTATIONS: readonly Mutation[] = [
  ...RUN_MUTATIONS,
  ...LOCK_MUTATIONS,
  ...DELAY_MUTATIONS,
  ...ADMISSION_MUTATIONS,
  ...KEY_MUTATIONS,
  ...BACKFILL_MUTATIONS,
  ...CATCH_UP_MUTATIONS,
  ...CHAIN_MUTATIONS,
  ...SCRIPT_TRIGGER_MUTATIONS,
  ...CALENDAR_MUTATIONS,
  ...SWEEPER_MUTATIONS,
  ...EXTERNAL_MUTATIONS,
  ...FLOW_MUTATIONS,
  ...FLOW_ERROR_MUTATIONS,
  ...COUNTER_AND_NOTIFICATION_MUTATIONS,
  ...REGISTRAR_MUTATIONS,
  ...SERVICE_BOUNDARY_MUTATIONS,
  ...APPLY_MUTATIONS,
];
