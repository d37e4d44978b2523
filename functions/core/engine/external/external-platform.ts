import type { ExecutionService } from '../../executors/external/execution-service.ts';
import type { Platform } from '../../platform/platform.ts';

/** The platform of runs that other services execute. */
export interface ExternalPlatform extends Platform {
  readonly executions: ExecutionService;
}
