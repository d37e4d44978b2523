import { FlowFailure } from './flow-failure.ts';

/** Maximum bytes of the records that a sink makes of responses in one page, as JSON. */
export const MAX_MAPPED_BYTES = 8 * 1024 * 1024;

/** Permanent, because a repetition of the page would exceed the limit, too. */
export const tooMuchMappedFailure = (sink: string): FlowFailure =>
  new FlowFailure(
    `${sink}: responseMap makes over ${MAX_MAPPED_BYTES / 1024 / 1024} MB of a page: make pageSize smaller`,
    { permanent: true },
  );
