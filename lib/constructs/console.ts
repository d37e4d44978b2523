import { Duration } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { consoleRoutes } from '../../functions/console/routes.ts';
import type { Bundles } from '../bundle.ts';
import type { StageConfig } from '../config.ts';
import { PlatformFunction } from './function.ts';
import type { SurfacesApi } from './http-api.ts';
import type { Identity } from './identity.ts';

export interface ConsoleProps {
  readonly config: StageConfig;
  readonly bundles: Bundles;
  readonly api: SurfacesApi;
  readonly identity: Identity;
}

/** The page: a function that serves it from its own bundle, on the API's origin. It may do nothing else. */
export class Console extends Construct {
  constructor(scope: Construct, id: string, { config, bundles, api, identity }: ConsoleProps) {
    super(scope, id);
    const fn = new PlatformFunction(this, 'Page', {
      config,
      bundles,
      name: 'console',
      description: 'The page',
      timeout: Duration.seconds(5),
    });
    identity.grantSignIn(fn);
    api.addSurface('console', consoleRoutes, fn);
    // The one function that may do nothing else answers strangers' guesses.
    api.addDefault('default', fn);
  }
}
