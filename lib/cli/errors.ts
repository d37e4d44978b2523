/** The command line is invalid. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The command failed. The message is for the user. */
export class CommandFailed extends Error {
  override readonly name = 'CommandFailed';
}
