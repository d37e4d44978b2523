/** Why a slice cannot go on, in words that hold no secret and no record. */
export class FlowFailure extends Error {
  /** Trying again is no use: the run fails. */
  readonly permanent: boolean;

  constructor(message: string, { permanent, cause }: { readonly permanent: boolean; readonly cause?: unknown }) {
    super(message, { cause });
    this.name = 'FlowFailure';
    this.permanent = permanent;
  }
}
