import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { DeleteMessageCommand, ReceiveMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { Source } from '../../functions/core/domain/flow/source.ts';
import type { Transform } from '../../functions/core/domain/flow/transform.ts';
import { isTerminal } from '../../functions/core/domain/run.ts';
import { triggerJob } from '../../functions/core/engine/start/trigger-job.ts';
import { Env } from '../../functions/core/platform/env-names.ts';
import { createQueues } from '../../functions/core/platform/queues.ts';
import { tenantFolder } from '../../functions/core/store/keys.ts';
import { getRun } from '../../functions/core/store/runs.ts';
import { bundle } from '../../lib/bundle.ts';
import { heapOptions } from '../../lib/constructs/function.ts';
import { HEAP_MB_PER_RUN } from '../../lib/stacks/work.ts';
import { givenFlow } from '../helpers/builders/flows.ts';
import { newTenant } from '../helpers/builders/jobs.ts';
import { testPlatform } from '../helpers/fakes/platform.ts';
import { children } from '../helpers/system/processes.ts';
import { startTestObjects } from '../helpers/system/test-objects.ts';
import { startTestStore, type TestStore } from '../helpers/system/test-store.ts';
import { printTable } from './table.ts';

const MB = 1024 * 1024;
const BUCKET = 'files';
const PART_BYTES = 8 * MB;
const SMALL_MB = 1;

const source: Source = { id: 'source_1', name: 'Objects', type: 's3', prefix: 'in/', format: 'ndjson' };
const filter: Transform = { id: 'filter_1', name: 'Few', type: 'filter', where: 'id % 100 = 0' };

/**
 * V8's default options, which delay garbage collection while memory is free, and the options of the deployed worker.
 */
const HEAPS: Readonly<Record<string, readonly string[]>> = {
  default: [],
  'as deployed': heapOptions(HEAP_MB_PER_RUN),
};

/** Bytes per line. The longer lines fill a page to its maximum size. */
const LINES: Readonly<Record<string, number>> = { '1,000 records of 0.4 KB': 400, '1,000 records of 8 KB': 8_000 };

/** Measures the peak memory of the worker's process for an object of `megabytes` MB and for one of 1 MB. */
export async function measureFlowMemory(megabytes = 200): Promise<void> {
  const rows = [];
  for (const [page, lineBytes] of Object.entries(LINES)) {
    for (const size of [SMALL_MB, megabytes]) {
      for (const [heap, flags] of Object.entries(HEAPS)) {
        rows.push([page, size, heap, ...(await peak(size, lineBytes, flags))]);
      }
    }
  }
  printTable(
    'Memory of the worker, a process of its own (s3 → filter → preview, one task)',
    ['page', 'MB of the source', 'heap', 'peak MB', 'expression process MB', 'MB/s'],
    rows,
  );
}

async function peak(megabytes: number, lineBytes: number, flags: readonly string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'jobdeck-bench-'));
  const [store, files] = await Promise.all([startTestStore({ streams: false }), startTestObjects(BUCKET)]);
  try {
    const bundles = await bundle(folder);
    const queueUrl = files.queue('runs');
    const platform = {
      ...testPlatform(store.db),
      queues: createQueues(files.sqs, {
        runs: queueUrl,
        ticks: queueUrl,
        notifications: queueUrl,
        sweeps: queueUrl,
        deadNotifications: queueUrl,
      }),
      now: Date.now,
    };
    const tenant = newTenant();
    await upload(files.s3, `${tenantFolder(tenant)}in/large.ndjson`, megabytes * MB, lineBytes);
    const flow = { sources: [source], transforms: [filter], pageSize: 1_000, parallelism: 1 };
    const ref = await triggerJob(platform, await givenFlow(testPlatform(store.db), flow, { tenant }));
    const environment = environmentOf(store, new URL(queueUrl).origin, queueUrl);
    await using worker = startWorker(join(bundles.folder('worker'), 'index.mjs'), flags, environment);
    const begin = performance.now();
    for (;;) {
      const run = await getRun(store.db, ref);
      if (run && isTerminal(run.state)) {
        if (run.state === 'completed') break;
        throw new Error(`the run ${run.state}: ${run.failure?.message}`);
      }
      await deliverMessages(files.sqs, queueUrl, worker);
    }
    const seconds = (performance.now() - begin) / 1_000;
    const { own, expressions } = worker.peaks();
    return [own, expressions, Math.round((megabytes / seconds) * 10) / 10];
  } finally {
    await Promise.all([store.stop(), files.stop()]);
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Uploads an object of lines while generating it. */
async function upload(s3: S3Client, Key: string, bytes: number, lineBytes: number): Promise<void> {
  const common = { Bucket: BUCKET, Key };
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand(common));
  const Parts = [];
  for (let sent = 0, id = 0, PartNumber = 1; sent < bytes; PartNumber++) {
    const lines: string[] = [];
    for (let length = 0; length < Math.min(PART_BYTES, bytes - sent); id++) {
      const line = `${JSON.stringify({ id, name: `Order ${id}`, note: 'x'.repeat(lineBytes) })}\n`;
      lines.push(line);
      length += line.length;
    }
    const Body = Buffer.from(lines.join(''));
    sent += Body.length;
    const { ETag } = await s3.send(new UploadPartCommand({ ...common, UploadId, PartNumber, Body }));
    Parts.push({ PartNumber, ETag });
  }
  await s3.send(new CompleteMultipartUploadCommand({ ...common, UploadId, MultipartUpload: { Parts } }));
}

function environmentOf({ db, url }: TestStore, services: string, queueUrl: string): Record<string, string> {
  return {
    ...Object.fromEntries(Object.values(Env).map((name) => [name, '1'])),
    [Env.jobsTable]: db.tables.jobs,
    [Env.runsTable]: db.tables.runs,
    [Env.recordsTable]: db.tables.records,
    [Env.accessTable]: db.tables.access,
    [Env.countersTable]: db.tables.counters,
    [Env.collectionsTable]: db.tables.collections,
    [Env.bucket]: BUCKET,
    [Env.runsQueueUrl]: queueUrl,
    [Env.ticksQueueUrl]: queueUrl,
    [Env.sliceMs]: '45000',
    [Env.privateNetworks]: '',
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_ENDPOINT_URL_DYNAMODB: url,
    AWS_ENDPOINT_URL_SQS: services,
    AWS_ENDPOINT_URL_S3: services,
  };
}

interface Worker extends AsyncDisposable {
  handle(body: string): Promise<void>;
  /** Returns the peak resident memory in MB of the worker and of its expression process. */
  peaks(): { readonly own: number; readonly expressions: number };
}

/** Starts the worker's bundle in a process that handles one message at a time, as in Lambda. */
function startWorker(bundleFile: string, flags: readonly string[], env: Record<string, string>): Worker {
  const code = `
    const { handler } = await import(${JSON.stringify(pathToFileURL(bundleFile).href)});
    process.on('message', async (body) => {
      const { batchItemFailures } = await handler({ Records: [{ messageId: '1', body }] });
      process.send(batchItemFailures.length === 0);
    });
    process.send(true);`;
  const args = [...flags, '--input-type=module', '--eval', code];
  const child: ChildProcess = spawn(process.execPath, args, { env, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const ready = once(child, 'message');
  let expressions = 0;
  const look = setInterval(() => {
    for (const pid of children(child.pid)) {
      if (isOfExpressions(pid)) expressions = Math.max(expressions, peakMb(pid));
    }
  }, 100);
  return {
    async handle(body) {
      await ready;
      const answered = once(child, 'message');
      child.send(body);
      const [good] = (await answered) as [boolean];
      if (!good) throw new Error('the worker could not handle a message');
    },
    peaks: () => ({ own: peakMb(child.pid ?? 0), expressions }),
    async [Symbol.asyncDispose]() {
      clearInterval(look);
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    },
  };
}

async function deliverMessages(sqs: SQSClient, QueueUrl: string, worker: Worker): Promise<void> {
  const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 1 }));
  for (const { Body = '', ReceiptHandle } of Messages) {
    await worker.handle(Body);
    await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
  }
}

/** Returns the peak resident memory of a process in MB, or 0 if it has exited. */
function peakMb(pid: number): number {
  const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(processFile(pid, 'status'))?.[1];
  return Math.round(Number(kilobytes ?? 0) / 1024);
}

const isOfExpressions = (pid: number): boolean => processFile(pid, 'cmdline').includes('expression-host');

function processFile(pid: number, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8');
  } catch {
    return '';
  }
}
