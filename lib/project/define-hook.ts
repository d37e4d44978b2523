import type { HookScheme } from '../../functions/core/domain/hook.ts';

/** A hook of a project: a URL whose requests start runs of a job. Neither the URL nor the secret is part of it. */
export interface HookDefinition {
  /** Stable name of the hook in its tenant: 1–64 characters of a–z, 0–9 and -. */
  readonly name: string;
  /** Id of the job whose runs the hook starts. */
  readonly job: string;
  /**
   * The scheme by which senders sign their requests. It cannot be changed later.
   *
   * @defaultValue `none`
   */
  readonly scheme?: HookScheme;
  /**
   * Environment variable of `jobdeck apply` with the secret of the signatures. It is read when the hook is created, and required
   * unless the scheme is `none`.
   */
  readonly secret_env?: string;
  /** @defaultValue `null` */
  readonly description?: string | null;
  /** @defaultValue `true` */
  readonly enabled?: boolean;
}

/**
 * Declares a hook. A file in `jobs/` exports it as default, alone or in an array with jobs. `jobdeck apply` prints the URL of a
 * hook that it creates, once.
 *
 * @example
 * ```ts
 * // jobs/hooks.ts
 * import { defineHook } from 'jobdeck';
 * export default defineHook({ name: 'deploy', job: 'deploy', scheme: 'github', secret_env: 'DEPLOY_HOOK_SECRET' });
 * ```
 */
export const defineHook = (hook: HookDefinition): HookDefinition => hook;
