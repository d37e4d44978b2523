import type { SourceEdit } from '../driver/load.ts';

/** A guard that is taken out: what must hold must not, then. */
export interface Mutation extends SourceEdit {
  /** What the guard is for. */
  readonly why: string;
  /**
   * Functions whose crashes show that it is missed.
   *
   * @default bad days do
   */
  readonly crashes?: readonly string[];
  /**
   * The test that shows that it is missed: its file, and what its name has in it.
   *
   * @default bad days, or crashes, do
   */
  readonly test?: { readonly file: string; readonly named: string };
}
