import { Aws, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { Env } from '../../functions/core/platform/env-names.ts';
import type { StageConfig } from '../config.ts';
import { type Grantee, tenantPattern } from './grantee.ts';

/** What the bucket's keys begin with: the tenants' files, and what flow runs keep between their slices. */
export type BucketFolder = 'data' | 'runs';

/**
 * What a function may be allowed to do in a folder. `ListBucket` also goes with `GetObject`: without it, S3 answers that
 * an object which is not there is forbidden.
 */
export type FileAction = 'GetObject' | 'PutObject' | 'DeleteObject' | 'ListBucket';

/**
 * Days after which what a run kept is removed although nobody did: the sweeper removes it with the run. No run that is
 * still in use is this old: it may be kept for 3,650 days after its end, and before that have run for a year.
 */
const RUN_OBJECT_EXPIRATION = Duration.days(4_015);

/**
 * The platform's bucket: not public, TLS only, encrypted with S3's own keys, every access logged. Removed with its stack
 * where tables are, but only once it is empty.
 */
export class PlatformBucket extends Construct {
  readonly bucket: s3.Bucket;
  readonly #name: string;

  constructor(scope: Construct, id: string, config: StageConfig) {
    super(scope, id);
    // Buckets of all accounts and regions share their names.
    const name = (kind: string) => `jobdeck-${config.name}-${kind}-${Aws.ACCOUNT_ID}-${Aws.REGION}`;
    const common: s3.BucketProps = {
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
      encryption: s3.BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      versioned: false,
      removalPolicy: config.protectData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    };
    const abandonedUploads = { abortIncompleteMultipartUploadAfter: Duration.days(7) };
    // Otherwise CDK would grant the log service an ACL, which buckets of one owner have not.
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

  /** Tells the grantee the bucket's name, and lets it do `actions` in `folder`. */
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
