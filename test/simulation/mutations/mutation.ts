import type { DisabledGuard } from '../driver/guards.ts';

/** A disabled guard and the test or simulation that must notice. */
export interface Mutation extends DisabledGuard {
  /** The property that the guard protects. */
  readonly why: string;
  /**
   * Functions that crash at each of their calls. One of the crashes must violate an invariant.
   *
   * @defaultValue random simulations must violate an invariant
   */
  readonly crashes?: readonly string[];
  /**
   * The test that must fail: its file and a part of its name.
   *
   * @defaultValue random simulations, or crashes, must violate an invariant
   */
  readonly test?: { readonly file: string; readonly named: string };
}
