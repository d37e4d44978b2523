import { DAY_MS, SECOND_MS } from './timing.ts';

/** `last`: the newest missed tick runs; `all`: every missed tick within the bounds does. */
export const CATCH_UP_MODES = ['none', 'last', 'all'] as const;
export type CatchUpMode = (typeof CATCH_UP_MODES)[number];

/** Maximum age of a tick that is made up, in seconds. */
export const MAX_CATCH_UP_WINDOW_SECONDS = (31 * DAY_MS) / SECOND_MS;
/** Maximum number of ticks that are made up together. */
export const MAX_CATCH_UP_LIMIT = 1_000;

/** The rule of a job for ticks that were missed. */
export interface CatchUp {
  readonly mode: CatchUpMode;
  /** Maximum age of a tick that is made up, in seconds. */
  readonly windowSeconds: number;
  /** Maximum number of ticks that are made up together, of the newest ones. */
  readonly limit: number;
}

/** Records missed ticks without running them. */
export const NO_CATCH_UP: CatchUp = { mode: 'none', windowSeconds: DAY_MS / SECOND_MS, limit: 100 };

/** @returns whether ticks of the job that were missed run later */
export const catchesUp = ({ catchUp }: { readonly catchUp: CatchUp }): boolean => catchUp.mode !== 'none';

/** Returns the maximum number of missed ticks that run. */
export const maxCaughtUp = ({ mode, limit }: CatchUp): number => (mode === 'all' ? limit : mode === 'last' ? 1 : 0);
