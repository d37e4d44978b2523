import type * as z from 'zod';
import type { ErrorMapper } from './problem.ts';
import type { ApiRoute } from './route.ts';

export type SurfaceName = 'runner' | 'integrations' | 'admin' | 'flows' | 'pipelines';

/**
 * A published contract: its routes and its format of errors. A surface has one Lambda function: the entry is
 * `functions/api/<name>/handler.ts`, the permissions are in `lib/stacks/api.ts`.
 */
export interface Surface<Dependencies = never> {
  readonly name: SurfaceName;
  /** Description of the surface in the OpenAPI document. */
  readonly description: string;
  readonly routes: readonly ApiRoute<Dependencies>[];
  readonly errors: ErrorMapper;
  /** Returns the schema of the bodies that `errors` creates. */
  readonly errorBody: () => z.ZodType;
  /**
   * The header `x-tenantid` is required, and a `super_admin` may name another tenant in it.
   *
   * @defaultValue false
   */
  readonly tenantHeader?: boolean;
}
