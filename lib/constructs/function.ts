import { ArnFormat, type Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { Env } from '../../functions/core/platform/env-names.ts';
import type { Bundles } from '../bundle.ts';
import type { StageConfig } from '../config.ts';
import type { Conditions, Grantee } from './grantee.ts';
import { iam5FindingId } from './iam5-finding-id.ts';

export interface PlatformFunctionProps {
  readonly config: StageConfig;
  readonly bundles: Bundles;
  /** Name of its bundle, and what its own name ends in. */
  readonly name: string;
  readonly description: string;
  /** How long one invocation may take. */
  readonly timeout: Duration;
  /**
   * In MB; CPU comes with it, one full vCPU at 1769.
   *
   * @default 512
   */
  readonly memorySize?: number;
  /**
   * MB of V8's heap beyond which it rather collects garbage than grows.
   *
   * @default what V8 makes of `memorySize`: about half
   */
  readonly heapMb?: number;
  /**
   * What Lambda does about a function that feeds itself through a queue.
   *
   * @default stop it, after about 16 turns
   */
  readonly recursiveLoop?: lambda.RecursiveLoop;
}

/** Options of Node that hold its heap small: the young generation, too, takes three times its semi-space. */
export const heapOptions = (heapMb?: number): readonly string[] =>
  heapMb === undefined ? [] : [`--max-old-space-size=${heapMb}`, '--max-semi-space-size=4'];

/**
 * A Lambda function as all of Jobdeck's are: arm64, Node 24, one ES module with a source map, traced, logging JSON into
 * a log group of its own. It starts with no permission but to log and trace; tables and queues grant theirs.
 */
export class PlatformFunction extends lambda.Function implements Grantee {
  readonly tenant = undefined;
  /** The role that it runs as. */
  readonly ownRole: iam.Role;

  constructor(scope: Construct, id: string, props: PlatformFunctionProps) {
    const { config } = props;
    const functionName = `jobdeck-${config.name}-${props.name}`;
    const logGroup = new logs.LogGroup(scope, `${id}Logs`, {
      logGroupName: `/aws/lambda/${functionName}`,
      retention: config.logRetentionDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    // A role of our own, because the one that CDK makes carries the managed policy that may write to every log group.
    const role = new iam.Role(scope, `${id}Role`, { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });
    logGroup.grantWrite(role);

    super(scope, id, {
      functionName,
      description: props.description,
      runtime: lambda.Runtime.NODEJS_24_X,
      architecture: lambda.Architecture.ARM_64,
      handler: 'index.handler',
      code: lambda.Code.fromAsset(props.bundles.folder(props.name)),
      memorySize: props.memorySize ?? 512,
      timeout: props.timeout,
      tracing: lambda.Tracing.ACTIVE,
      role,
      logGroup,
      loggingFormat: lambda.LoggingFormat.JSON,
      // Lambda's own start and report lines say at every invocation what metrics and traces say too, and are billed.
      systemLogLevelV2: lambda.SystemLogLevel.WARN,
      ...(props.recursiveLoop && { recursiveLoop: props.recursiveLoop }),
      environment: {
        NODE_OPTIONS: ['--enable-source-maps', ...heapOptions(props.heapMb)].join(' '),
        [Env.stage]: config.name,
        [Env.retentionDays]: String(config.retentionDays),
        [Env.concurrentRuns]: String(config.concurrentRuns),
        [Env.tenantLimits]: JSON.stringify(config.tenantLimits),
        [Env.privateNetworks]: config.privateNetworks.join(','),
        [Env.healthThresholds]: JSON.stringify(config.health),
        [Env.metricTenants]: config.metricTenants.join(','),
      },
    });
    this.ownRole = role;
    Validations.of(role).acknowledge({
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason: 'X-Ray has no resources: PutTraceSegments and PutTelemetryRecords are granted on * or not at all.',
    });
  }

  allow(actions: readonly string[], resources: readonly string[], conditions?: Conditions): void {
    this.addToRolePolicy(
      new iam.PolicyStatement({
        actions: [...actions],
        resources: [...resources],
        ...(conditions && { conditions }),
      }),
    );
  }

  /**
   * May do `actions` on everything of this account whose ARN goes on with `path/`: on what is made at run time, and of
   * which no more than the path is known here.
   *
   * @param path of the ARN after the account: `schedule/jobdeck-dev`
   * @param reason why the pattern cannot be avoided, for the record of exceptions
   */
  allowUnder(actions: readonly string[], service: string, path: string, reason: string): void {
    const arnFormat = ArnFormat.NO_RESOURCE_NAME;
    this.allowMatching(actions, Stack.of(this).formatArn({ service, resource: `${path}/*`, arnFormat }), reason);
  }

  allowMatching(actions: readonly string[], pattern: string, reason: string): void {
    this.allow(actions, [pattern]);
    Validations.of(this.ownRole).acknowledge({ id: iam5FindingId(this, pattern), reason });
  }
}
