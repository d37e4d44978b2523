import type { DisabledGuard } from '../driver/guards.ts';

/** A guard against a fault, disabled, with the test or the simulation that has to notice. */
export interface Mutation extends DisabledGuard {
  /** What the guard is for. */
  readonly why: string;
  /**
   * Functions that are crashed at every call: one of the crashes has to show the missing guard.
   *
   * @defaultValue simulated days have to show it
   */
  readonly crashes?: readonly string[];
  /**
   * The test that has to fail: its file, and a part of its name.
   *
   * @defaultValue simulated days, or crashes, have to show the missing guard
   */
  readonly test?: { readonly file: string; readonly named: string };
}
