/** An error that ends a slice. The message contains no secrets and no records. */
export class FlowFailure extends Error {
  /** A retry cannot succeed: the run fails. */
  readonly permanent: boolean;

  constructor(message: string, { permanent, cause }: { readonly permanent: boolean; readonly cause?: unknown }) {
    super(message, { cause });
    this.name = 'FlowFailure';
    this.permanent = permanent;
  }
}
