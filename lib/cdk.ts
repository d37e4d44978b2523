/** The module `jobdeck/cdk`: the platform as a construct for CDK apps. Needs `aws-cdk-lib` and `constructs`. */
export type {
  CognitoIdentity,
  EdgeSettings,
  OidcIdentity,
  OidcSignIn,
  ProvisionedCapacity,
  StageSettings,
  Throttle,
} from './config.ts';
export type { JobdeckProps, JobdeckQueues, JobdeckTables } from './constructs/jobdeck.ts';
export { Jobdeck } from './constructs/jobdeck.ts';
