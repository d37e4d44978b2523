import {
  type DeleteObjectCommandInput,
  type DeleteObjectsCommandInput,
  type GetObjectCommandInput,
  type ListObjectsV2CommandInput,
  NoSuchKey,
  type PutObjectCommandInput,
} from '@aws-sdk/client-s3';

/** An S3 bucket in memory, for text objects that are read as a whole. */
export class MemoryBucket {
  readonly #objects = new Map<string, { readonly text: string; readonly at: number }>();

  get keys(): readonly string[] {
    return [...this.#objects.keys()];
  }

  /** @returns the text of an object, or `undefined` if the object does not exist */
  text(key: string): string | undefined {
    return this.#objects.get(key)?.text;
  }

  /** @throws the errors of the SDK client */
  perform(name: string, input: unknown, now: number): unknown {
    switch (name) {
      case 'PutObjectCommand': {
        const { Key = '', Body } = input as PutObjectCommandInput;
        this.#objects.set(Key, { text: Buffer.from(Body as string | Uint8Array).toString(), at: now });
        return {};
      }
      case 'GetObjectCommand': {
        const text = this.text((input as GetObjectCommandInput).Key ?? '');
        if (text === undefined) throw new NoSuchKey({ message: 'The specified key does not exist.', $metadata: {} });
        return { Body: { transformToString: async () => text } };
      }
      case 'ListObjectsV2Command': {
        const { Prefix = '', StartAfter = '' } = input as ListObjectsV2CommandInput;
        const found = [...this.#objects]
          .filter(([key]) => key.startsWith(Prefix) && key > StartAfter)
          .sort(([a], [b]) => (a < b ? -1 : 1));
        const Contents = found.map(([Key, { text, at }]) => {
          return { Key, Size: Buffer.byteLength(text), ETag: '"1"', LastModified: new Date(at) };
        });
        return { Contents };
      }
      case 'DeleteObjectCommand':
        this.#objects.delete((input as DeleteObjectCommandInput).Key ?? '');
        return {};
      case 'DeleteObjectsCommand':
        for (const { Key } of (input as DeleteObjectsCommandInput).Delete?.Objects ?? [])
          this.#objects.delete(Key ?? '');
        return {};
      default:
        throw new Error(`MemoryBucket does not support ${name}`);
    }
  }
}
