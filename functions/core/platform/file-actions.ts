import type { ObjectInfo } from './objects.ts';

type FileVersion = Pick<ObjectInfo, 'key' | 'etag'>;

/**
 * Changes of tenants' files once they are read. Each can be repeated. An object that changed since, or does not exist, stays
 * as it is.
 */
export interface FileActions {
  /**
   * Moves an object. Replaces an object at the new key.
   *
   * @returns the reason if S3 refuses the move for good
   */
  move(object: FileVersion, to: string): Promise<string | undefined>;
  /**
   * Adds tags to an object. A change between the check of the ETag and the tagging tags the new version.
   *
   * @returns the reason if S3 refuses the tags for good
   */
  tag(object: FileVersion, tags: Readonly<Record<string, string>>): Promise<string | undefined>;
}
