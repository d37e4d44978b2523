import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { Json } from '../../../functions/core/domain/json.ts';
import type { TenantId } from '../../../functions/core/domain/tenant.ts';
import { createObjects } from '../../../functions/core/platform/s3-objects.ts';
import { tenantFolder } from '../../../functions/core/store/keys.ts';
import { CREDENTIALS, REGION } from '../../../lib/local/support/arn.ts';
import type { LocalSystem } from '../../../lib/local/system.ts';

/** The files of a tenant in the bucket of a local system. */
export interface TenantFiles {
  put(key: string, body: string): Promise<void>;
  keys(prefix: string): Promise<readonly string[]>;
  /** Returns the records of all NDJSON objects under the prefix. */
  records<Item extends Json>(prefix: string): Promise<readonly Item[]>;
  readonly close: () => void;
}

export function tenantFiles(system: LocalSystem, tenant: TenantId): TenantFiles {
  const s3 = new S3Client({
    endpoint: system.endpoints.sqs,
    region: REGION,
    credentials: CREDENTIALS,
    forcePathStyle: true,
  });
  const bucket = system.bucketName('files');
  const [objects, folder] = [createObjects(s3, bucket), tenantFolder(tenant)];
  const keys = async (prefix: string) => {
    const found: string[] = [];
    for await (const page of objects.list(folder + prefix)) found.push(...page.map(({ key }) => key));
    return found.map((key) => key.slice(folder.length));
  };
  return {
    keys,
    async put(key, body) {
      await s3.send(new PutObjectCommand({ Bucket: bucket, Key: folder + key, Body: body }));
    },
    async records<Item extends Json>(prefix: string) {
      const texts = await Promise.all((await keys(prefix)).map((key) => objects.getText(folder + key)));
      const lines = texts.flatMap((text = '') => text.split('\n').filter(Boolean));
      return lines.map((line) => JSON.parse(line) as Item);
    },
    close: () => s3.destroy(),
  };
}
