/** The parts of a cloud assembly's stack that the resolution needs. */
interface Stack {
  readonly stackName: string;
  readonly template: unknown;
}

interface Template {
  readonly Resources: Record<string, { readonly Type: string; readonly Properties?: Record<string, unknown> }>;
  readonly Outputs?: Record<string, { readonly Value: unknown; readonly Export?: { readonly Name: string } }>;
}

export const ACCOUNT = '111122223333';
export const REGION = 'eu-central-1';

const PSEUDO: Readonly<Record<string, string>> = {
  'AWS::AccountId': ACCOUNT,
  'AWS::Partition': 'aws',
  'AWS::Region': REGION,
  'AWS::URLSuffix': 'amazonaws.com',
};

/** Name property and ARN (without `arn:aws:`) of each resource type. */
const ARNS: Readonly<Record<string, readonly [property: string, arn: (name: string) => string]>> = {
  'AWS::DynamoDB::Table': ['TableName', (name) => `dynamodb:${REGION}:${ACCOUNT}:table/${name}`],
  'AWS::SQS::Queue': ['QueueName', (name) => `sqs:${REGION}:${ACCOUNT}:${name}`],
  'AWS::Lambda::Function': ['FunctionName', (name) => `lambda:${REGION}:${ACCOUNT}:function:${name}`],
  'AWS::Logs::LogGroup': ['LogGroupName', (name) => `logs:${REGION}:${ACCOUNT}:log-group:${name}:*`],
  'AWS::Scheduler::ScheduleGroup': ['Name', (name) => `scheduler:${REGION}:${ACCOUNT}:schedule-group/${name}`],
  'AWS::S3::Bucket': ['BucketName', (name) => `s3:::${name}`],
  'AWS::SNS::Topic': ['TopicName', (name) => `sns:${REGION}:${ACCOUNT}:${name}`],
  // A key has no name; its id stands for it.
  'AWS::KMS::Key': ['', (id) => `kms:${REGION}:${ACCOUNT}:key/${id}`],
  'AWS::IAM::Role': ['RoleName', (name) => `iam::${ACCOUNT}:role/${name}`],
};

/** Resolves references in templates to the values in an account, as far as policies need them. */
export class Intrinsics {
  readonly #stacks: ReadonlyMap<string, Template>;

  constructor(stacks: readonly Stack[]) {
    this.#stacks = new Map(stacks.map(({ stackName, template }) => [stackName, template as Template]));
  }

  /** @throws Error if a reference has no target */
  resolve(stack: string, value: unknown): unknown {
    if (Array.isArray(value)) return value.map((item) => this.resolve(stack, item));
    if (typeof value !== 'object' || value === null) return value;
    const [[fn, argument] = ['', undefined], ...others] = Object.entries(value);
    if (others.length === 0) {
      if (fn === 'Ref') return PSEUDO[argument as string] ?? this.#ref(stack, argument as string);
      if (fn === 'Fn::GetAtt') return this.#attribute(stack, ...(argument as [string, string]));
      if (fn === 'Fn::ImportValue') return this.#imported(argument as string);
      if (fn === 'Fn::GetStackOutput') {
        const { StackName, OutputName } = argument as { readonly StackName: string; readonly OutputName: string };
        const output = this.#stacks.get(StackName)?.Outputs?.[OutputName];
        if (!output) throw new Error(`The stack ${StackName} has no output ${OutputName}.`);
        return this.resolve(StackName, output.Value);
      }
      if (fn === 'Fn::Join') {
        const [separator, parts] = argument as [string, readonly unknown[]];
        return parts.map((part) => this.resolve(stack, part)).join(separator);
      }
      if (fn === 'Fn::Sub') {
        return (argument as string).replace(/\$\{([^}]+)\}/g, (_, name: string) =>
          String(this.resolve(stack, { Ref: name })),
        );
      }
    }
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, this.resolve(stack, item)]));
  }

  #name(stack: string, id: string): string {
    const { Type, Properties } = this.#resource(stack, id);
    const name = this.resolve(stack, Properties?.[ARNS[Type]?.[0] ?? '']);
    return typeof name === 'string' ? name : id;
  }

  #ref(stack: string, id: string): string {
    const name = this.#name(stack, id);
    if (this.#resource(stack, id).Type === 'AWS::SQS::Queue')
      return `https://sqs.${REGION}.amazonaws.com/${ACCOUNT}/${name}`;
    if (this.#resource(stack, id).Type === 'AWS::SNS::Topic') return this.#attribute(stack, id, 'Arn');
    return name;
  }

  #attribute(stack: string, id: string, attribute: string): string {
    const { Type } = this.#resource(stack, id);
    const arn = ARNS[Type]?.[1];
    if (attribute === 'Arn' && arn) return `arn:aws:${arn(this.#name(stack, id))}`;
    if (attribute === 'StreamArn') return `${this.#attribute(stack, id, 'Arn')}/stream/2026-01-01T00:00:00.000`;
    if (attribute === 'ProviderURL') return `https://cognito-idp.${REGION}.amazonaws.com/${id}`;
    if (attribute === 'QueueName') return this.#name(stack, id);
    return `${id}.${attribute}`;
  }

  #imported(name: string): unknown {
    for (const [stack, { Outputs }] of this.#stacks) {
      const output = Object.values(Outputs ?? {}).find(({ Export }) => Export?.Name === name);
      if (output) return this.resolve(stack, output.Value);
    }
    throw new Error(`No stack exports ${name}.`);
  }

  #resource(stack: string, id: string) {
    const resource = this.#stacks.get(stack)?.Resources[id];
    if (!resource) throw new Error(`The template of ${stack} has no resource ${id}.`);
    return resource;
  }
}
