import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { S3Client } from '@aws-sdk/client-s3';
import type { Objects } from '../../../functions/core/platform/objects.ts';
import { createObjects } from '../../../functions/core/platform/s3-objects.ts';

export interface ObjectsProcess {
  readonly objects: Objects;
  stop(): Promise<void>;
}

const BUCKET = 'files';
const ENTRY = fileURLToPath(new URL('./serve-objects.ts', import.meta.url));

/** Starts S3 in a process of its own, so that its CPU time is none of the measured process. */
export async function startObjectsProcess(): Promise<ObjectsProcess> {
  const folder = mkdtempSync(join(tmpdir(), 'jobdeck-objects-'));
  const child = spawn(process.execPath, [ENTRY, folder, BUCKET], { stdio: ['pipe', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  const failed = exited.then(([code]) => Promise.reject(new Error(`S3 did not start: exit code ${code}`)));
  const [url] = (await Promise.race([once(child.stdout, 'data'), failed])) as [Buffer];
  failed.catch(() => {});
  const s3 = new S3Client({
    endpoint: url.toString().trim(),
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    forcePathStyle: true,
  });
  return {
    objects: createObjects(s3, BUCKET),
    async stop() {
      s3.destroy();
      child.stdin.end();
      await exited;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
