import { describe, expect, it } from 'vitest';
import { synth } from '../../helpers/stack/synth.ts';

interface Template {
  readonly Resources: Readonly<Record<string, { readonly Type: string; readonly Properties?: object }>>;
  readonly Outputs?: Readonly<Record<string, { readonly Value: unknown; readonly Export?: { readonly Name: string } }>>;
}

const { app } = await synth('prod');
const templates = app.synth().stacks.map(({ template }) => template as Template);

/**
 * Properties that may contain a reference to an output of another stack: CloudFormation updates them in place. It plans
 * a replacement of a resource if such a reference is in a property that it cannot update.
 * https://github.com/aws/aws-cdk/issues/38829
 */
const UPDATED_IN_PLACE = [
  'AWS::CloudWatch::Alarm Dimensions',
  'AWS::CloudWatch::Alarm Metrics',
  'AWS::CloudWatch::Dashboard DashboardBody',
  'AWS::IAM::Policy PolicyDocument',
  'AWS::IAM::Role AssumeRolePolicyDocument',
  'AWS::Lambda::EventInvokeConfig DestinationConfig',
  'AWS::Lambda::Function Environment',
  'AWS::Scheduler::Schedule Target',
];

/** Returns the type and name of all properties that contain an intrinsic function. */
function propertiesWith(intrinsic: string): readonly string[] {
  const found = templates.flatMap(({ Resources }) =>
    Object.values(Resources).flatMap(({ Type, Properties = {} }) =>
      Object.entries(Properties).flatMap(([name, value]) =>
        JSON.stringify(value).includes(`"${intrinsic}"`) ? [`${Type} ${name}`] : [],
      ),
    ),
  );
  return [...new Set(found)].toSorted();
}

describe('references between stacks', () => {
  it('exports the ARNs of the two streams only, so that every function and queue can be removed', () => {
    const outputs = templates.flatMap(({ Outputs = {} }) => Object.values(Outputs));

    const exported = outputs.filter(({ Export }) => Export !== undefined);

    expect(exported.map(({ Value }) => Value)).toEqual([
      { 'Fn::GetAtt': [expect.stringMatching(/^Jobs/), 'StreamArn'] },
      { 'Fn::GetAtt': [expect.stringMatching(/^Runs/), 'StreamArn'] },
    ]);
  });

  it('reads outputs of other stacks only in properties that are updated in place', () => {
    expect(propertiesWith('Fn::GetStackOutput')).toEqual(UPDATED_IN_PLACE);
  });

  it('imports the ARNs of streams, because a weak reference may replace the event source mapping', () => {
    expect(propertiesWith('Fn::ImportValue')).toEqual([
      'AWS::IAM::Policy PolicyDocument',
      'AWS::Lambda::EventSourceMapping EventSourceArn',
    ]);
  });
});
