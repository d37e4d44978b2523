import { CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { type SurfaceName, surfaces } from '../../functions/api/surfaces.ts';
import type { Bundles } from '../bundle.ts';
import type { StageConfig } from '../config.ts';
import { Console } from '../constructs/console.ts';
import { PlatformFunction } from '../constructs/function.ts';
import { SurfacesApi } from '../constructs/http-api.ts';
import { Identity } from '../constructs/identity.ts';
import type { DataStack } from './data.ts';
import type { NotifyStack } from './notify.ts';
import type { WorkStack } from './work.ts';

export interface ApiStackProps {
  readonly config: StageConfig;
  readonly bundles: Bundles;
  readonly data: DataStack;
  readonly work: WorkStack;
  readonly notify: NotifyStack;
}

/** How tenants reach their jobs: one HTTP API, one function a surface, and whose tokens it accepts. */
export class ApiStack extends Stack {
  readonly api: SurfacesApi;

  constructor(scope: Construct, id: string, { config, bundles, data, work, notify }: ApiStackProps) {
    super(scope, id, { description: 'Jobdeck: HTTP API and identity' });
    const grants = grantsOf(data, work, notify);
    this.api = new SurfacesApi(this, 'Http', config);
    const identity = new Identity(this, 'Identity', config, this.api.url);

    for (const { name, routes } of surfaces) {
      const fn = new PlatformFunction(this, `Surface-${name}`, {
        config,
        bundles,
        name: `api-${name}`,
        description: `The ${name} surface`,
        timeout: Duration.seconds(29),
        // A request is mostly waiting, but a cold start is mostly CPU.
        memorySize: 1024,
      });
      identity.grantVerify(fn);
      // API keys are good for every surface: it reads them, and notes when they were used.
      data.access.grant(fn, 'GetItem', 'UpdateItem');
      grants[name](fn);
      this.api.addSurface(name, routes, fn);
    }

    new Console(this, 'Console', { config, bundles, api: this.api, identity });

    this.#output('ApiUrl', this.api.url, 'Where the API is');
    this.#output('ConsoleUrl', `${this.api.url}/console`, 'Where the page is');
    this.#output('Issuer', identity.issuer, 'Issuer of the tokens that the API accepts');
    if (identity.pool) {
      this.#output('UserPoolId', identity.pool.userPoolId, 'User pool of the tenants');
      this.#output('UserPoolClientId', identity.pool.clientId, 'Client of the user pool: audience of its ID tokens');
    }
  }

  #output(name: string, value: string, description: string): void {
    new CfnOutput(this, name, { value, description });
  }
}

type Grant = (fn: PlatformFunction) => void;

/** What each surface may do beside authenticating: what its operations do, and nothing else. */
function grantsOf(data: DataStack, work: WorkStack, notify: NotifyStack): Readonly<Record<SurfaceName, Grant>> {
  const { jobs, runs, records, access, counters, files, parameters } = data;
  return {
    runner(fn) {
      jobs.grant(fn, 'GetItem', 'BatchGetItem', 'Query', 'PutItem', 'UpdateItem', 'DeleteItem');
      runs.grant(fn, 'GetItem', 'BatchGetItem', 'Query', 'PutItem', 'UpdateItem');
      runs.grantIndex(fn, 'active');
      records.grant(fn, 'GetItem', 'Query', 'PutItem');
      access.grant(fn, 'PutItem');
      counters.grant(fn, 'GetItem', 'Query');
      work.runs.grantSend(fn);
      parameters.grant(fn, 'GetParameter', 'PutParameter');
    },
    integrations(fn) {
      counters.grant(fn, 'GetItem', 'Query');
      runs.grant(fn, 'BatchGetItem');
      runs.grantIndex(fn, 'active');
    },
    admin(fn) {
      counters.grant(fn, 'GetItem');
      jobs.grant(fn, 'GetItem');
      runs.grant(fn, 'Query');
    },
    flows(fn) {
      jobs.grant(fn, 'GetItem', 'BatchGetItem', 'Query', 'PutItem', 'UpdateItem', 'DeleteItem');
      runs.grant(fn, 'GetItem', 'BatchGetItem', 'Query', 'PutItem', 'UpdateItem');
      runs.grantIndex(fn, 'active', 'byTenant');
      records.grant(fn, 'GetItem', 'Query', 'PutItem');
      access.grant(fn, 'BatchGetItem', 'Query', 'PutItem', 'DeleteItem');
      work.runs.grantSend(fn);
      notify.notifications.grantSend(fn);
      parameters.grant(fn, 'GetParameter', 'GetParametersByPath', 'PutParameter', 'DeleteParameter');
    },
    pipelines(fn) {
      jobs.grant(fn, 'GetItem', 'BatchGetItem', 'Query', 'PutItem', 'UpdateItem', 'DeleteItem');
      runs.grant(fn, 'GetItem', 'BatchGetItem', 'Query', 'PutItem', 'UpdateItem');
      runs.grantIndex(fn, 'active', 'byTenant');
      records.grant(fn, 'GetItem', 'Query', 'PutItem', 'UpdateItem', 'DeleteItem');
      access.grant(fn, 'PutItem');
      counters.grant(fn, 'BatchGetItem');
      work.runs.grantSend(fn);
      files.grant(fn, 'runs', 'GetObject', 'PutObject', 'DeleteObject', 'ListBucket');
    },
  };
}
