import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { projectRoot } from '../../../lib/project-root.ts';
import { ACCOUNT, REGION } from '../../helpers/stack/intrinsics.ts';
import { type Resource, synth } from '../../helpers/stack/synth.ts';

const prod = await synth('prod');
const { stacks } = prod.app.synth();
const readme = readFileSync(join(projectRoot, 'lib', 'README.md'), 'utf8');

/** The text under a heading of the README, up to the next heading. */
function section(heading: string): string {
  const [, text = ''] = readme.split(`\n${heading}\n`);
  return text.split(/\n#{1,3} /)[0] ?? '';
}

/** Properties that contain a resource name. */
const NAMES = [
  'TableName',
  'BucketName',
  'UserPoolName',
  'QueueName',
  'LogGroupName',
  'FunctionName',
  'AliasName',
  'ClientName',
  'GroupName',
  'Name',
];

/** The name of a resource as the README writes it. */
function nameOf({ Properties }: Resource): string {
  const name = NAMES.map((field) => Properties[field]).find((value) => typeof value === 'string') ?? '';
  return name.replace(ACCOUNT, '$ACCOUNT').replace(REGION, '$REGION');
}

const retained = prod.resources.filter(
  ({ DeletionPolicy }) => DeletionPolicy !== undefined && DeletionPolicy !== 'Delete',
);

describe('removal section', () => {
  const removal = section('## Removal');

  it.each(stacks.map(({ stackName }) => stackName))('names the stack %s', (name) => {
    expect(removal).toContain(`\`${name}\``);
  });

  it('lists the stacks in the reverse order of deployment', () => {
    const names = stacks.map(({ stackName }) => stackName);
    const places = names.map((name) => removal.indexOf(`\`${name}\``));
    expect(names.toSorted((a, b) => removal.indexOf(`\`${a}\``) - removal.indexOf(`\`${b}\``))).toEqual(
      names.toReversed(),
    );
    expect(places).not.toContain(-1);
  });

  it.each(retained.map((resource) => [resource.Type, nameOf(resource)] as const))(
    'names the retained %s: %s',
    (_, name) => {
      expect(removal).toContain(`\`${name}\``);
    },
  );

  it('disables termination protection of every protected stack', () => {
    const commands = [...removal.matchAll(/--no-enable-termination-protection --stack-name (\S+)/g)];
    const isProtected = stacks.filter(({ terminationProtection }) => terminationProtection);
    expect(commands.map(([, name]) => name)).toEqual(isProtected.map(({ stackName }) => stackName));
  });
});

describe('table of stacks', () => {
  const rows = [...section('## Deploy to AWS').matchAll(/^\| `jobdeck-<stage>-(\w+)` \|[^|]*\|([^|]*)\|$/gm)];
  const imports = rows.map(([, name = '', from = '']) => [
    name,
    [...from.matchAll(/`(\w+)`/g)].map(([, other]) => other),
  ]);

  it('lists every stack with its imports, in the order of deployment', () => {
    const actual = stacks.map(({ stackName, template }) => {
      const references =
        /"Fn::ImportValue":"jobdeck-prod-(\w+):|"Fn::GetStackOutput":\{"StackName":"jobdeck-prod-(\w+)"/g;
      const from = [...JSON.stringify(template).matchAll(references)].map(([, strong, weak]) => strong ?? weak);
      return [stackName.replace('jobdeck-prod-', ''), new Set(from)] as const;
    });
    expect(imports.map(([name]) => name)).toEqual(actual.map(([name]) => name));
    for (const [name, from] of actual) {
      expect(new Set(imports.find(([other]) => other === name)?.[1]), name).toEqual(from);
    }
  });
});
