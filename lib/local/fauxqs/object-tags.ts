import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { replaceFile } from './object-store.ts';

/** The members of an object by which its versions differ. */
interface Version {
  readonly etag: string;
  readonly lastModified: Date;
}

/** The tags of objects, which fauxqs does not emulate. */
export interface ObjectTags {
  /** Returns the tags as the XML of `PutObjectTagging`. */
  get(bucket: string, key: string, version: Version): string;
  put(bucket: string, key: string, version: Version, xml: string): void;
}

const NO_TAGS = '<Tagging><TagSet></TagSet></Tagging>';

/** Keeps the tags of objects in files. An object that was replaced has none. */
export function createObjectTags(folder: string): ObjectTags {
  const file = (bucket: string, key: string) =>
    join(folder, bucket, `${createHash('sha256').update(key).digest('hex')}.xml`);
  const nameOf = ({ etag, lastModified }: Version) => `${etag} ${lastModified.getTime()}`;
  return {
    get(bucket, key, version) {
      const path = file(bucket, key);
      if (!existsSync(path)) return NO_TAGS;
      const [name, ...xml] = readFileSync(path, 'utf8').split('\n');
      return name === nameOf(version) ? xml.join('\n') : NO_TAGS;
    },
    put(bucket, key, version, xml) {
      mkdirSync(join(folder, bucket), { recursive: true });
      replaceFile(file(bucket, key), `${nameOf(version)}\n${xml}`);
    },
  };
}
