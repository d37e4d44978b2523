import { arn, PARTITION } from '../support/arn.ts';
import type { AccessRequest } from './policy.ts';

/** The parts of a request to S3 or SQS that determine its IAM action and resource. */
export interface ServiceHttpRequest {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly target: string | undefined;
  /** Bucket and key that a request copies, percent-encoded. */
  readonly source?: string | undefined;
  readonly body: unknown;
}

/** Derives the IAM access requests of a request to S3 (path-style) or SQS (JSON protocol). */
export function serviceAccessRequests({ method, url, target, source, body }: ServiceHttpRequest): AccessRequest[] {
  const path = new URL(url, 'http://local');
  if (target?.startsWith('AmazonSQS.')) {
    const { QueueUrl = '', QueueName } = (body ?? {}) as { QueueUrl?: string; QueueName?: string };
    const resource = arn('sqs', QueueName ?? QueueUrl.slice(QueueUrl.lastIndexOf('/') + 1));
    // IAM has no actions for batches: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-api-permissions-reference.html
    const action = target.replace(/^AmazonSQS\.(\w+?)(?:Batch)?$/, 'sqs:$1');
    return [{ action, resource, context: {} }];
  }
  const [, bucket = '', key = ''] = /^\/([^/]*)\/?(.*)$/.exec(decodeURIComponent(path.pathname)) ?? [];
  const bucketArn = `arn:${PARTITION}:s3:::${bucket}`;
  const object = (action: string, name: string): AccessRequest => ({
    action,
    resource: `${bucketArn}/${name}`,
    context: {},
  });
  const tagging = path.searchParams.has('tagging') ? 'Tagging' : '';
  const copied = source === undefined ? [] : [object('s3:GetObject', withoutBucket(source))];
  if (key) return [...copied, object((OBJECT_ACTIONS[method] ?? `s3:${method}`) + tagging, key)];
  if (method === 'POST' && path.searchParams.has('delete')) {
    const keys = [...String(body).matchAll(/<Key>([^<]*)<\/Key>/g)].map(([, name = '']) => name);
    return keys.map((name) => object('s3:DeleteObject', name));
  }
  const prefix = path.searchParams.get('prefix');
  const action = method === 'GET' ? 's3:ListBucket' : `s3:${method}`;
  return [{ action, resource: bucketArn, context: prefix === null ? {} : { 's3:prefix': [prefix] } }];
}

/** Returns the key of a source of a copy. */
const withoutBucket = (source: string): string => decodeURIComponent(source).replace(/^\/?[^/]*\//, '');

const OBJECT_ACTIONS: Readonly<Record<string, string>> = {
  GET: 's3:GetObject',
  HEAD: 's3:GetObject',
  PUT: 's3:PutObject',
  DELETE: 's3:DeleteObject',
};
