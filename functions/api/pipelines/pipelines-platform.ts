import type { Objects } from '../../core/platform/objects.ts';
import type { Platform } from '../../core/platform/platform.ts';
import type { TtlCache } from '../../core/platform/ttl-cache.ts';
import type { JobRef } from '../../core/store/keys.ts';

/** Dependencies of the pipelines surface. Plans and checkpoints are stored in the platform's bucket. */
export interface PipelinesPlatform extends Platform {
  readonly objects: Objects;
  /** Name of the platform's bucket. */
  readonly bucket: string;
  /** Pipelines by tenant, for the metrics. */
  readonly pipelineCache: TtlCache<readonly JobRef[]>;
}
