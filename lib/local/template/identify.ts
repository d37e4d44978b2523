import { createHash } from 'node:crypto';
import { arn, PARTITION } from '../support/arn.ts';

/** The values of `Ref` and `Fn::GetAtt` for a resource. */
export interface Identity {
  readonly ref: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** Endpoints of the local services, to which URLs in the template resolve. */
export interface Endpoints {
  /** Base URL of SQS. */
  readonly sqs: string;
  /** URL of the API. */
  readonly api: string;
  /** URL of the token issuer. */
  readonly issuer: string;
  /** Client id of local tokens. */
  readonly clientId: string;
}

/**
 * Returns the physical identity of a resource in the local system.
 *
 * @param name name from the template, or generated from the stack name and the logical id
 *
 * @returns `undefined` for a type that cannot be referenced
 */
export function identify(type: string, name: string, endpoints: Endpoints): Identity | undefined {
  const iam = (kind: string) => `arn:${PARTITION}:iam::000000000000:${kind}/${name}`;
  switch (type) {
    case 'AWS::DynamoDB::Table': {
      const Arn = arn('dynamodb', `table/${name}`);
      return { ref: name, attributes: { Arn, StreamArn: `${Arn}/stream/local` } };
    }
    case 'AWS::SQS::Queue': {
      const url = `${endpoints.sqs}/000000000000/${name}`;
      return { ref: url, attributes: { Arn: arn('sqs', name), QueueName: name, QueueUrl: url } };
    }
    case 'AWS::Lambda::Function':
      return { ref: name, attributes: { Arn: arn('lambda', `function:${name}`) } };
    case 'AWS::S3::Bucket':
      return { ref: name, attributes: { Arn: `arn:${PARTITION}:s3:::${name}` } };
    case 'AWS::ApiGatewayV2::Api':
      return { ref: name, attributes: { ApiId: name, ApiEndpoint: endpoints.api } };
    case 'AWS::KMS::Key': {
      const id = keyId(name);
      return { ref: id, attributes: { Arn: arn('kms', `key/${id}`), KeyId: id } };
    }
    case 'AWS::KMS::Alias':
      return { ref: name, attributes: {} };
    case 'AWS::Events::Rule':
      return { ref: name, attributes: { Arn: arn('events', `rule/${name}`) } };
    case 'AWS::Scheduler::ScheduleGroup':
      return { ref: name, attributes: { Arn: arn('scheduler', `schedule-group/${name}`) } };
    case 'AWS::Scheduler::Schedule':
      return { ref: name, attributes: { Arn: arn('scheduler', `schedule/default/${name}`) } };
    case 'AWS::IAM::Role':
      return { ref: name, attributes: { Arn: iam('role'), RoleId: name } };
    case 'AWS::IAM::ManagedPolicy':
      return { ref: iam('policy'), attributes: { PolicyArn: iam('policy') } };
    case 'AWS::Logs::LogGroup':
      return { ref: name, attributes: { Arn: arn('logs', `log-group:${name}:*`) } };
    case 'AWS::SNS::Topic':
      return { ref: arn('sns', name), attributes: { TopicArn: arn('sns', name), TopicName: name } };
    case 'AWS::CloudWatch::Alarm':
    case 'AWS::CloudWatch::CompositeAlarm':
      return { ref: name, attributes: { Arn: arn('cloudwatch', `alarm:${name}`) } };
    case 'AWS::Cognito::UserPool': {
      const ProviderName = endpoints.issuer.replace(/^https?:\/\//, '');
      const Arn = arn('cognito-idp', `userpool/${name}`);
      return { ref: name, attributes: { Arn, UserPoolId: name, ProviderURL: endpoints.issuer, ProviderName } };
    }
    case 'AWS::Cognito::UserPoolClient':
      return { ref: endpoints.clientId, attributes: { ClientId: endpoints.clientId, Name: name } };
    case 'AWS::ApiGatewayV2::Integration':
    case 'AWS::ApiGatewayV2::Route':
    case 'AWS::ApiGatewayV2::Stage':
    case 'AWS::CloudWatch::Dashboard':
    case 'AWS::Cognito::UserPoolDomain':
    case 'AWS::Cognito::UserPoolGroup':
    case 'AWS::IAM::Policy':
    case 'AWS::Lambda::EventSourceMapping':
    case 'AWS::SNS::Subscription':
      return { ref: name, attributes: {} };
    default:
      return undefined;
  }
}

/** Returns a stable key id in the form of KMS, a UUID, so that ciphertexts stay readable after a restart. */
function keyId(name: string): string {
  const hash = createHash('sha256').update(name).digest('hex');
  return hash.slice(0, 32).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** The property that holds the resource name, by type. */
export const NAME_PROPERTY: Readonly<Record<string, string>> = {
  'AWS::DynamoDB::Table': 'TableName',
  'AWS::SQS::Queue': 'QueueName',
  'AWS::Lambda::Function': 'FunctionName',
  'AWS::S3::Bucket': 'BucketName',
  'AWS::Scheduler::ScheduleGroup': 'Name',
  'AWS::Scheduler::Schedule': 'Name',
  'AWS::KMS::Alias': 'AliasName',
  'AWS::IAM::Role': 'RoleName',
  'AWS::IAM::ManagedPolicy': 'ManagedPolicyName',
  'AWS::Logs::LogGroup': 'LogGroupName',
  'AWS::SNS::Topic': 'TopicName',
  'AWS::CloudWatch::Alarm': 'AlarmName',
  'AWS::CloudWatch::CompositeAlarm': 'AlarmName',
  'AWS::CloudWatch::Dashboard': 'DashboardName',
  'AWS::ApiGatewayV2::Stage': 'StageName',
};
