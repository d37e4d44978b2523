import { Arn, ArnFormat, Aws, type Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
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
  /** Name of the bundle; the function is called `jobdeck-<stage>-<name>`. */
  readonly name: string;
  readonly description: string;
  /** Time limit of an invocation. */
  readonly timeout: Duration;
  /**
   * Memory in MB. CPU is proportional: one vCPU at 1769.
   *
   * @default 512
   */
  readonly memorySize?: number;
  /**
   * Limit of V8's old generation in MB.
   *
   * @default V8's default: about half of `memorySize`
   */
  readonly heapMb?: number;
  /**
   * Lets Lambda decide which invocations are traced: one a second and 5 % of the others, which cannot be
   * configured. A million invocations at less than one a second would cost $5.
   *
   * @default false: traces the invocations that a sampled request causes
   */
  readonly samplesTraces?: boolean;
  /**
   * Lets Lambda log the start and the report of each invocation, with its memory. They are billed.
   *
   * @default false: metrics and traces contain the rest
   */
  readonly reportsInvocations?: boolean;
  /**
   * Recursive loop detection for functions that invoke themselves through a queue.
   *
   * @default terminate after about 16 turns
   */
  readonly recursiveLoop?: lambda.RecursiveLoop;
}

/** Node options that limit the heap. The young generation takes three times its semi-space. */
export const heapOptions = (heapMb?: number): readonly string[] =>
  heapMb === undefined ? [] : [`--max-old-space-size=${heapMb}`, '--max-semi-space-size=4'];

/**
 * A Lambda function with the platform's defaults: arm64, Node 24, ES modules with source maps, JSON logs
 * in a log group of its own. Initially it may only log and trace; `grant` methods of other constructs add permissions.
 */
export class PlatformFunction extends lambda.Function implements Grantee {
  readonly tenant = undefined;
  /** The execution role. */
  readonly ownRole: iam.Role;

  constructor(scope: Construct, id: string, props: PlatformFunctionProps) {
    const { config } = props;
    const functionName = `jobdeck-${config.name}-${props.name}`;
    const logGroup = new logs.LogGroup(scope, `${id}Logs`, {
      logGroupName: `/aws/lambda/${functionName}`,
      retention: config.logRetentionDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    // CDK's default role has a managed policy that permits writing to all log groups.
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
      tracing: props.samplesTraces ? lambda.Tracing.ACTIVE : lambda.Tracing.PASS_THROUGH,
      role,
      logGroup,
      loggingFormat: lambda.LoggingFormat.JSON,
      systemLogLevelV2: props.reportsInvocations ? lambda.SystemLogLevel.INFO : lambda.SystemLogLevel.WARN,
      ...(props.recursiveLoop && { recursiveLoop: props.recursiveLoop }),
      environment: {
        ...(props.heapMb !== undefined && { NODE_OPTIONS: heapOptions(props.heapMb).join(' ') }),
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
   * Grants `actions` on all resources of this account below a path, for resources that are created at run time.
   *
   * @param path part of the ARN after the account, for example `schedule/jobdeck-dev`
   *
   * @param reason justification of the wildcard for cdk-nag
   */
  allowUnder(actions: readonly string[], service: string, path: string, reason: string, conditions?: Conditions): void {
    const arnFormat = ArnFormat.NO_RESOURCE_NAME;
    const pattern = Stack.of(this).formatArn({ service, resource: `${path}/*`, arnFormat });
    this.allowMatching(actions, pattern, reason, conditions);
  }

  /**
   * Grants `actions` on all parts of a resource, such as the executions of a state machine.
   *
   * @param arn ARN of the resource, `arn:<partition>:<service>:<region>:<account>:<type>:<name>`, or a token for it
   *
   * @param type type of the parts, whose ARNs continue that of the resource
   */
  allowPartsOf(actions: readonly string[], arn: string, type: string, reason: string): void {
    const { resourceName, partition = Aws.PARTITION, ...parts } = Arn.split(arn, ArnFormat.COLON_RESOURCE_NAME);
    const pattern = Arn.format({ ...parts, partition, resource: type, resourceName: `${resourceName}:*` });
    this.allowMatching(actions, pattern, reason);
  }

  allowMatching(actions: readonly string[], pattern: string, reason: string, conditions?: Conditions): void {
    this.allow(actions, [pattern], conditions);
    Validations.of(this.ownRole).acknowledge({ id: iam5FindingId(this, pattern), reason });
  }
}
