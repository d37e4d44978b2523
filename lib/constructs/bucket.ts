import { Aws, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { Env } from '../../functions/core/platform/env-names.ts';
import { LOCAL_STAGE, type StageConfig } from '../config.ts';
import { type Grantee, tenantPattern } from './grantee.ts';

/** Top-level folder of the bucket: tenant files (`data`), and the state that flow runs keep between slices (`runs`). */
export type BucketFolder = 'data' | 'runs';

/**
 * An S3 action that can be granted on a folder. Grant `ListBucket` with `GetObject`: without it, S3 returns 403 for
 * missing objects.
 */
export type FileAction =
  | 'GetObject'
  | 'PutObject'
  | 'DeleteObject'
  | 'GetObjectTagging'
  | 'PutObjectTagging'
  | 'ListBucket';

/**
 * Expiration of run objects that the sweeper has not removed with their run. Exceeds the maximum age of a run in use:
 * one year of execution and 3,650 days of retention.
 */
const RUN_OBJECT_EXPIRATION = Duration.days(4_015);

/**
 * The platform's bucket: private, TLS only, encrypted with S3-managed keys, with access logs. In unprotected stages both
 * are emptied and removed with their stack.
 */
export class PlatformBucket extends Construct {
  readonly bucket: s3.Bucket;
  readonly #name: string;

  constructor(scope: Construct, id: string, config: StageConfig) {
    super(scope, id);
    // Bucket names are unique across all accounts and regions.
    const name = (kind: string) => `jobdeck-${config.name}-${kind}-${Aws.ACCOUNT_ID}-${Aws.REGION}`;
    const common: s3.BucketProps = {
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
      encryption: s3.BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      versioned: false,
      removalPolicy: config.protectData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
      // CloudFormation does not delete buckets that contain objects. The function that empties them is useless without
      // CloudFormation.
      autoDeleteObjects: !config.protectData && config.name !== LOCAL_STAGE,
    };
    const abandonedUploads = { abortIncompleteMultipartUploadAfter: Duration.days(7) };
    // The default grants the log service an ACL, which `BUCKET_OWNER_ENFORCED` does not allow.
    this.node.setContext('@aws-cdk/aws-s3:serverAccessLogsUseBucketPolicy', true);
    const accessLogs = new s3.Bucket(this, 'AccessLogs', {
      ...common,
      bucketName: name('access-logs'),
      lifecycleRules: [abandonedUploads, { expiration: Duration.days(config.logRetentionDays) }],
    });
    this.#name = name('files');
    this.bucket = new s3.Bucket(this, 'Bucket', {
      ...common,
      bucketName: this.#name,
      lifecycleRules: [abandonedUploads, { prefix: 'runs/', expiration: RUN_OBJECT_EXPIRATION }],
      serverAccessLogsBucket: accessLogs as s3.IBucket,
    });
  }

  /** Sets the bucket name in the grantee's environment and grants `actions` on `folder`. */
  grant(to: Grantee, folder: BucketFolder, ...actions: FileAction[]): void {
    to.addEnvironment(Env.bucket, this.bucket.bucketName);
    const onObjects = actions.filter((action) => action !== 'ListBucket');
    const arn = (resource: string) => Stack.of(this).formatArn({ service: 's3', region: '', account: '', resource });
    if (onObjects.length > 0) {
      to.allowMatching(
        onObjects.map((action) => `s3:${action}`),
        arn(`${this.#name}/${folder}/${tenantPattern(to)}`),
        'Objects are made at run time, each under its tenant.',
      );
    }
    if (onObjects.length < actions.length) {
      to.allow(['s3:ListBucket'], [this.bucket.bucketArn], {
        StringLike: { 's3:prefix': `${folder}/${tenantPattern(to)}` },
      });
    }
  }
}
