/** Fields of every source, transform and sink. */
export interface Operator {
  /** Unique in the flow: 1–64 of `A–Z a–z 0–9 _ -`. */
  readonly id: string;
  readonly name: string;
  /**
   * Stores the first records that the operator emits for `/output`, as a preview sink does.
   *
   * @defaultValue false
   */
  readonly tap?: boolean | undefined;
}
