import type { S3ClientConfig } from '@aws-sdk/client-s3';
import type { Objects } from './objects.ts';

/** @defaultValue credentials, region and endpoint of the environment */
type Configuration = Pick<S3ClientConfig, 'credentials' | 'requestHandler'>;

/**
 * Returns the platform's bucket. The client of S3 is loaded at the first use, because few invocations need it and it takes
 * a fifth of the CPU time of a start.
 */
export function createObjectsOnDemand(bucket: string, configuration: Configuration = {}): Objects {
  let opening: Promise<Objects> | undefined;
  const open = (): Promise<Objects> => {
    opening ??= openObjects(bucket, configuration);
    return opening;
  };
  return {
    getText: async (key) => (await open()).getText(key),
    put: async (key, body, contentType, signal) => (await open()).put(key, body, contentType, signal),
    async *list(prefix, after) {
      yield* (await open()).list(prefix, after);
    },
    read: async (object, from, signal, to) => (await open()).read(object, from, signal, to),
    remove: async (key) => (await open()).remove(key),
    removeAll: async (prefix) => (await open()).removeAll(prefix),
  };
}

async function openObjects(bucket: string, configuration: Configuration): Promise<Objects> {
  const { createObjects, S3Client } = await import('./s3-objects.ts');
  return createObjects(new S3Client(configuration), bucket);
}
