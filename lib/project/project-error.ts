/** A project that cannot be used, with a message for its author. */
export class ProjectError extends Error {
  override readonly name = 'ProjectError';
}
