import type { Objects } from '../../core/platform/objects.ts';
import type { Platform } from '../../core/platform/platform.ts';

/** What the pipelines surface needs of the world: plans and checkpoints lie in the platform's bucket. */
export interface PipelinesPlatform extends Platform {
  readonly objects: Objects;
  /** Name of the platform's bucket. */
  readonly bucket: string;
}
