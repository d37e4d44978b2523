import { Duration } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { consoleRoutes } from '../../functions/console/routes.ts';
import type { Bundles } from '../bundle.ts';
import type { StageConfig } from '../config.ts';
import type { Edge } from './edge.ts';
import { PlatformFunction } from './function.ts';
import type { SurfacesApi } from './http-api.ts';
import type { Identity } from './identity.ts';

export interface ConsoleProps {
  readonly config: StageConfig;
  readonly bundles: Bundles;
  readonly api: SurfacesApi;
  readonly identity: Identity;
  readonly edge: Edge | undefined;
}

/** The console: a function without permissions that serves the page from its bundle, on the API's origin. */
export class Console extends Construct {
  constructor(scope: Construct, id: string, { config, bundles, api, identity, edge }: ConsoleProps) {
    super(scope, id);
    const fn = new PlatformFunction(this, 'Page', {
      config,
      bundles,
      name: 'console',
      description: 'Serves the console',
      timeout: Duration.seconds(5),
    });
    identity.grantSignIn(fn);
    edge?.protect(fn);
    api.addSurface('console', consoleRoutes, fn);
    // Unknown paths are routed to the function with the fewest permissions.
    api.addDefault('default', fn);
  }
}
