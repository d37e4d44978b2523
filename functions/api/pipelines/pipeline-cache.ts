import { TtlCache } from '../../core/platform/ttl-cache.ts';
import type { PipelinesPlatform } from './pipelines-platform.ts';

/**
 * Lifetime of a cached list of pipelines and the number of tenants in the cache. Reading the list reads every
 * definition of the tenant.
 */
const PIPELINES_TTL_MS = 60_000;
const PIPELINES_CACHE_SIZE = 100;

/** Creates the cache of the pipelines of tenants. */
export const createPipelineCache = (now: () => number): PipelinesPlatform['pipelineCache'] =>
  new TtlCache({ ttlMs: PIPELINES_TTL_MS, size: PIPELINES_CACHE_SIZE, now });
