import type { Platform } from '../../core/platform/platform.ts';
import type { Secrets } from '../../core/platform/secrets.ts';
import type { SigningSecrets } from '../../core/platform/signing-secrets.ts';
import { adminErrors } from '../admin/errors.ts';
import { adminDescriptions } from '../admin/openapi.ts';
import { adminOperations } from '../admin/operations.ts';
import { errorBody as adminError } from '../admin/responses.ts';
import { flowsErrors } from '../flows/errors.ts';
import { flowsDescriptions } from '../flows/openapi.ts';
import { flowsOperations } from '../flows/operations.ts';
import { errorBody as flowsError } from '../flows/responses.ts';
import { integrationsErrors } from '../integrations/errors.ts';
import { integrationsDescriptions } from '../integrations/openapi.ts';
import { integrationsOperations } from '../integrations/operations.ts';
import { errorBody as integrationsError } from '../integrations/responses.ts';
import { pipelinesErrors } from '../pipelines/errors.ts';
import { pipelinesDescriptions } from '../pipelines/openapi.ts';
import { pipelinesOperations } from '../pipelines/operations.ts';
import type { PipelinesPlatform } from '../pipelines/pipelines-platform.ts';
import { errorBody as pipelinesError } from '../pipelines/responses.ts';
import { runnerErrors } from '../runner/errors.ts';
import { runnerDescriptions } from '../runner/openapi.ts';
import { runnerOperations } from '../runner/operations.ts';
import { errorBody as runnerError } from '../runner/responses.ts';
import { type SurfaceName, surfaces } from '../surfaces.ts';
import type { DocumentedSurface } from './operation-doc.ts';

/** Placeholder for the dependencies of the handlers: only the schemas of the operations are read here. */
const NO_DEPENDENCIES: unknown = {};
const platform = NO_DEPENDENCIES as Platform & PipelinesPlatform;

const docs: Readonly<Record<SurfaceName, Omit<DocumentedSurface, 'name' | 'routes'>>> = {
  runner: {
    description: 'Jobs, their schedules and their runs, for owners of scheduled scripts.',
    operations: runnerOperations(platform, NO_DEPENDENCIES as SigningSecrets),
    docs: runnerDescriptions,
    errors: runnerErrors,
    errorBody: runnerError,
  },
  integrations: {
    description: 'Counts of an organization’s runs, for its admins and managers.',
    operations: integrationsOperations(platform),
    docs: integrationsDescriptions,
    errors: integrationsErrors,
    errorBody: integrationsError,
  },
  admin: {
    description: 'Statistics of a job, for platform operators.',
    operations: adminOperations(platform),
    docs: adminDescriptions,
    errors: adminErrors,
    errorBody: adminError,
    tenantHeader: true,
  },
  flows: {
    description: 'Record flows, their jobs with exports and imports, API keys, notifications and secrets.',
    operations: flowsOperations(platform, NO_DEPENDENCIES as Secrets),
    docs: flowsDescriptions,
    errors: flowsErrors,
    errorBody: flowsError,
  },
  pipelines: {
    description: 'Streaming pipelines, for data engineers: jobs, checkpoints, operators, logs and metrics.',
    operations: pipelinesOperations(platform),
    docs: pipelinesDescriptions,
    errors: pipelinesErrors,
    errorBody: pipelinesError,
  },
};

/** All surfaces with their documentation. */
export const documentedSurfaces: readonly DocumentedSurface[] = surfaces.map(({ name, routes }) => ({
  name,
  routes,
  ...docs[name],
}));
