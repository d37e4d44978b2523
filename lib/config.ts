import { HEALTH_THRESHOLDS, type HealthThresholds } from '../functions/core/domain/health.ts';
import { DEFAULT_LIMITS, LIMIT_RANGES, type TenantLimits } from '../functions/core/domain/limits.ts';
import { isEmailDomain } from '../functions/core/domain/notification/email-address.ts';
import { parseSender } from './email-sender.ts';
import type { TargetSettings } from './targets/settings.ts';
import { validateTargets } from './targets/validate-targets.ts';

/** Settings of a stage in `stages`; `cdk deploy -c stage=prod` selects one. All settings have defaults. */
export interface StageSettings {
  /**
   * Id of the AWS account, 12 digits as text. The stage can be deployed to this account only. Not in the stage `local`.
   *
   * @default that of the credentials at the deployment
   */
  readonly account?: string;
  /**
   * AWS region, such as `eu-central-1`. Not in the stage `local`.
   *
   * @default that of the environment at the deployment
   */
  readonly region?: string;
  /**
   * Identity provider of the API's tokens.
   *
   * @default `{ cognito: {} }`: a new user pool
   */
  readonly identity?: CognitoIdentity | OidcIdentity;
  /**
   * Days that ended runs are kept, 1–3650. Tenant limits override it.
   *
   * @default 30
   */
  readonly retentionDays?: number;
  /**
   * Days that audit trail records (API changes and their actors) are kept, 1–3650.
   *
   * @default 400
   */
  readonly auditDays?: number;
  /**
   * Maximum number of concurrent runs of a tenant, 1–1000. Tenant limits override it.
   *
   * @default 10
   */
  readonly concurrentRuns?: number;
  /**
   * Other default limits of tenants, within `LIMIT_RANGES`. Tenant limits override them.
   *
   * @default `DEFAULT_LIMITS`
   */
  readonly tenantLimits?: Partial<GeneralLimits>;
  /**
   * Maximum number of concurrent workers, 2–1000 (the range of SQS event sources). All tenants share them. At least as
   * many runs are executed at a time, and up to `runsPerWorker` times as many while runs are queued. Each run and each
   * flow task of a tenant may occupy one worker: with fewer than `concurrentRuns` + `concurrentTasks`, one tenant can
   * occupy all.
   *
   * @default 100
   */
  readonly workers?: number;
  /**
   * Maximum number of runs and slices of flows that a worker executes side by side, 1–10. They share one vCPU, and a
   * worker takes its next runs when the last of them has ended. More make runs cheaper that wait for a network; 1 suits
   * scripts that compute.
   *
   * @default 4
   */
  readonly runsPerWorker?: number;
  /**
   * Maximum number of concurrent dispatchers, 2–1000. Each processes ten ticks at a time. The limit keeps the burst on
   * the hour from using the concurrency that the API needs.
   *
   * @default 20
   */
  readonly dispatchers?: number;
  /**
   * Maximum number of concurrent deliveries of notifications, 2–1000. Each waits up to 10 s for its receiver.
   *
   * @default 10
   */
  readonly deliverers?: number;
  /**
   * Maximum number of concurrent sweepers, 2–1000. Each sweeps one tenant at a time, in some 0.3 s: 10 sweep 2,000 active
   * tenants a minute.
   *
   * @default 10
   */
  readonly sweepers?: number;
  /**
   * Seconds after which a worker ends its slice of a flow task at the next page, so that other runs get a worker,
   * 1–600.
   *
   * @default 45
   */
  readonly sliceSeconds?: number;
  /**
   * Thresholds of a tenant's health.
   *
   * @default the thresholds of the metrics contract
   */
  readonly health?: Partial<HealthThresholds>;
  /**
   * E-mail address that receives alarms.
   *
   * @default none: alarms appear on the dashboard and on their SNS topic
   */
  readonly alarmEmail?: string;
  /**
   * Tenants with metrics of their own, about 17 custom metrics each. The metrics of other tenants are aggregated.
   *
   * @default none
   */
  readonly metricTenants?: readonly string[];
  /**
   * CIDR blocks of private addresses that `http` jobs may access.
   *
   * @default none: public addresses only
   */
  readonly privateNetworks?: readonly string[];
  /**
   * Resources of the team that jobs may name, by names of 1–64 of `a–z 0–9 -`, a letter first. The worker may call
   * exactly these.
   *
   * @default none: jobs run scripts, send requests and move records
   */
  readonly targets?: Readonly<Record<string, TargetSettings>>;
  /**
   * Origin of the console, for links in notifications.
   *
   * @default none: notifications have no links
   */
  readonly consoleUrl?: string;
  /**
   * Base URL of Slack's Web API, without a trailing slash.
   *
   * @default `https://slack.com/api`
   */
  readonly slackApiUrl?: string;
  /**
   * Base URL of PagerDuty's Events API, without a trailing slash: another one for accounts in the EU.
   *
   * @default `https://events.pagerduty.com`
   */
  readonly pagerDutyUrl?: string;
  /**
   * Sender of notifications by e-mail. The local system writes them to files, and has one by default.
   *
   * @default none: e-mail is refused as the destination of notifications
   */
  readonly email?: EmailSettings;
  /**
   * Origins that may call the API from a browser: `https://app.example.com`, or `*` for all.
   *
   * @default `[]`: only the API's own origin, which includes the console
   */
  readonly corsOrigins?: readonly string[];
  /**
   * Generation of the MAC key under which API keys are issued, 1–999999. Raise it by one to replace the MAC key: API
   * keys of the previous generation stay valid, older ones do not.
   *
   * @default 1
   */
  readonly apiKeyGeneration?: number;
  /**
   * Request rate of all tenants together above which the API returns 429.
   *
   * @default 200 requests a second, bursts of 400
   */
  readonly apiThrottle?: Throttle;
  /**
   * Puts a CloudFront distribution with a firewall in front of the API, which blocks client addresses with too many
   * requests before they use up `apiThrottle`. Not in the stage `local`.
   *
   * @default none: clients call API Gateway directly
   */
  readonly edge?: EdgeSettings;
  /**
   * Seconds for which changes of runs are collected before they are counted, 1–60: the delay of statistics and metrics.
   * A longer delay saves writes.
   *
   * @default 5
   */
  readonly counterDelaySeconds?: number;
  /**
   * Days that logs are kept; one of CloudWatch's retention values.
   *
   * @default 30
   */
  readonly logRetentionDays?: number;
  /**
   * Provisions the capacity of tables and indexes instead of paying for each request.
   *
   * @default none: on demand
   */
  readonly provisionedCapacity?: ProvisionedCapacity;
  /**
   * Protects tables, files and users from deletion, with and without their stack. Can be disabled in `dev` and `local`
   * only.
   *
   * @default `true`, except in `dev` and `local`
   */
  readonly protectData?: boolean;
}

/** A firewall in front of the API. */
export interface EdgeSettings {
  /**
   * Requests of one client address in five minutes above which the firewall answers 429, 10–2,000,000,000. Clients behind
   * one address share them.
   */
  readonly requestsPerFiveMinutesPerIp: number;
}

/** The sender of notifications by e-mail. */
export interface EmailSettings {
  /**
   * Address that SES has verified, or whose domain it has verified; or the ARN of an identity of SES, for a domain
   * `jobdeck@<domain>`.
   */
  readonly from: string;
  /**
   * 1–50 domains of recipients, such as `example.com`, without their subdomains. Set it if tenants may not write to any
   * address in the name of the team.
   *
   * @default all
   */
  readonly domains?: readonly string[];
}

/** Maximum number of domains of recipients. */
const MAX_EMAIL_DOMAINS = 50;

/** A Cognito user pool, created by the deployment. */
export interface CognitoIdentity {
  readonly cognito: {
    /**
     * Lifetime of ID tokens in minutes, 5–1440.
     *
     * @default 60
     */
    readonly tokenMinutes?: number;
    /**
     * Domain prefix of the sign-in page, `<prefix>.auth.<region>.amazoncognito.com`: 1–63 of a–z, 0–9 and inner
     * hyphens. Unique among all accounts of the region.
     *
     * @default `jobdeck-<stage>-<account>`
     */
    readonly domainPrefix?: string;
    /**
     * Additional origins of the console, such as `https://jobs.example.com`. The sign-in page redirects to these and to
     * the API's origin only.
     *
     * @default none
     */
    readonly origins?: readonly string[];
  };
}

/** An existing OIDC issuer. */
export interface OidcIdentity {
  /** The `iss` claim of its tokens: an https URL, without a trailing slash unless the claim has one. */
  readonly issuer: string;
  /** The `aud` claim of its tokens. */
  readonly audience: string;
  /**
   * URL of its public keys.
   *
   * @default `<issuer>/.well-known/jwks.json`
   */
  readonly jwksUri?: string;
  /** Claim with the tenant, a string. */
  readonly tenantClaim: string;
  /** Claim with the list of roles. */
  readonly rolesClaim: string;
  /**
   * Sign-in configuration of the console.
   *
   * @default none: the console explains that it has no sign-in
   */
  readonly signIn?: OidcSignIn;
}

/**
 * A public client of the issuer (authorization code with PKCE, no secret) with the redirect URIs
 * `<origin>/console/signed-in` and `<origin>/console/signed-out`. Its token endpoint must allow the console's origin
 * (CORS), and its tokens must have the configured audience.
 */
export interface OidcSignIn {
  readonly clientId: string;
  readonly authorizationEndpoint: string;
  readonly tokenEndpoint: string;
  /**
   * URL that ends the issuer's session.
   *
   * @default none: signing out discards the tokens, and the issuer may sign the user in again without asking
   */
  readonly endSessionEndpoint?: string;
  /**
   * Scopes, separated by spaces.
   *
   * @default `openid email profile`
   */
  readonly scopes?: string;
  /**
   * The token that the console sends to the API.
   *
   * @default `id_token`
   */
  readonly token?: 'id_token' | 'access_token';
}

/** Tenant limits without a setting of their own in `StageSettings`. */
type GeneralLimits = Omit<TenantLimits, 'concurrentRuns' | 'retentionDays'>;

export interface Throttle {
  /** Requests a second, 1–10000. */
  readonly rate: number;
  /** Burst size in requests, 1–5000. */
  readonly burst: number;
}

/** Range of the capacity of each table and index. Auto scaling keeps its use at 70 %. */
export interface ProvisionedCapacity {
  /** Minimum read units and write units, 1–40000. */
  readonly minUnits: number;
  /** Maximum read units and write units, `minUnits`–40000. */
  readonly maxUnits: number;
}

/** A validated stage configuration with all defaults. */
export interface StageConfig
  extends Required<
    Omit<
      StageSettings,
      | 'account'
      | 'region'
      | 'alarmEmail'
      | 'health'
      | 'consoleUrl'
      | 'tenantLimits'
      | 'provisionedCapacity'
      | 'edge'
      | 'email'
    >
  > {
  /** Prefix of all resource names after `jobdeck-`: 2–12 of `a–z 0–9`, starting with a letter. */
  readonly name: string;
  readonly tenantLimits: GeneralLimits;
  readonly health: HealthThresholds;
  readonly account?: string;
  readonly region?: string;
  readonly alarmEmail?: string;
  readonly consoleUrl?: string;
  readonly provisionedCapacity?: ProvisionedCapacity;
  readonly edge?: EdgeSettings;
  readonly email?: EmailSettings;
}

/** The stages of this deployment. Add yours here. `npm start` runs `local`. */
export const stages: Readonly<Record<string, StageSettings>> = {
  dev: { logRetentionDays: 7 },
  prod: { logRetentionDays: 90 },
  local: {
    workers: 8,
    dispatchers: 2,
    sweepers: 2,
    privateNetworks: ['127.0.0.0/8', '::1/128'],
    logRetentionDays: 1,
    counterDelaySeconds: 1,
    email: { from: 'jobdeck@jobdeck.test' },
    // The single user may run load tests.
    tenantLimits: { requestsPerSecond: 1_000, requestBurst: 2_000, hostRequestsPerSecond: 1_000 },
  },
};

export const DEFAULT_STAGE = 'dev';

/** The stage that `npm start` runs. */
export const LOCAL_STAGE = 'local';

const UNPROTECTED = ['dev', LOCAL_STAGE];
/** https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html */
const LOG_RETENTION = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];
const CIDR = /^(\d{1,3}(\.\d{1,3}){3}\/\d{1,2}|[0-9a-f:]+\/\d{1,3})$/i;
/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html */
const MAX_TABLE_UNITS = 40_000;
const ACCOUNT = /^\d{12}$/;
/** https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html */
const REGION = /^[a-z]{2,4}(-[a-z]{2,12}){1,2}-\d{1,2}$/;
const EMAIL = /^[^\s@]+@[^\s@]+$/;
/** An origin as browsers send it: scheme, lower-case host and a non-default port; or `*`. */
const ORIGIN = /^(\*|https?:\/\/([a-z0-9-]+\.)*[a-z0-9-]+(:\d{1,5})?)$/;
const TENANT = /^[A-Za-z0-9_-]{1,64}$/;
/** https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-assign-domain-prefix.html */
const DOMAIN_PREFIX = /^(?!.*(aws|amazon|cognito))[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/** Settings that are objects. */
const OBJECTS = [
  'identity',
  'tenantLimits',
  'health',
  'apiThrottle',
  'edge',
  'provisionedCapacity',
  'targets',
  'email',
] as const;

/**
 * Returns the validated configuration of a stage.
 *
 * @throws Error that names the field, its range and the received value
 */
export function stageConfig(name: string, settings: StageSettings | undefined = stages[name]): StageConfig {
  const fail = (field: string, rule: string, received: unknown): never => {
    throw new Error(`Stage ${name}: ${field} must be ${rule}, got ${JSON.stringify(received)}.`);
  };
  const isObject = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value);
  const integer = (field: string, value: number, min: number, max: number): number =>
    Number.isInteger(value) && value >= min && value <= max ? value : fail(field, `an integer in ${min}–${max}`, value);
  const validateEach = (field: string, values: readonly string[], pattern: RegExp, rule: string): readonly string[] => {
    if (!Array.isArray(values)) fail(field, 'a list', values);
    for (const [i, value] of values.entries()) if (!pattern.test(value)) fail(`${field}[${i}]`, rule, value);
    return values;
  };

  if (settings === undefined) throw unknownStageError(name, 'lib/config.ts', stages);
  // Without hyphens, no name of a stage's resources starts with the prefix of another stage, `jobdeck-<name>-`.
  if (!/^[a-z][a-z0-9]{1,11}$/.test(name)) fail('name', '2–12 of a–z and 0–9, a letter first', name);
  if (!isObject(settings)) fail('settings', 'an object', settings);
  for (const field of OBJECTS) {
    const value = settings[field];
    if (value !== undefined && !isObject(value)) fail(field, 'an object', value);
  }

  const validatePlace = (field: string, value: string, pattern: RegExp, rule: string): string => {
    if (name === LOCAL_STAGE) fail(field, 'unset in this stage', value);
    return typeof value === 'string' && pattern.test(value) ? value : fail(field, rule, value);
  };
  const protectData = settings.protectData ?? !UNPROTECTED.includes(name);
  if (!protectData && !UNPROTECTED.includes(name)) fail('protectData', 'true outside dev and local', protectData);
  const logRetentionDays = settings.logRetentionDays ?? 30;
  if (!LOG_RETENTION.includes(logRetentionDays)) {
    fail('logRetentionDays', `one of ${LOG_RETENTION.join(', ')}`, logRetentionDays);
  }
  if (settings.alarmEmail !== undefined && !EMAIL.test(settings.alarmEmail)) {
    fail('alarmEmail', 'an email address', settings.alarmEmail);
  }
  const health = { ...HEALTH_THRESHOLDS, ...settings.health };
  const throttle = settings.apiThrottle ?? { rate: 200, burst: 400 };

  const config: StageConfig = {
    name,
    ...(settings.account !== undefined && {
      account: validatePlace('account', settings.account, ACCOUNT, 'text of 12 digits'),
    }),
    ...(settings.region !== undefined && {
      region: validatePlace('region', settings.region, REGION, 'an AWS region such as eu-central-1'),
    }),
    identity: validateIdentity(name, settings.identity ?? { cognito: {} }, fail, integer),
    retentionDays: integer('retentionDays', settings.retentionDays ?? 30, 1, 3650),
    auditDays: integer('auditDays', settings.auditDays ?? 400, 1, 3650),
    concurrentRuns: integer('concurrentRuns', settings.concurrentRuns ?? 10, 1, 1000),
    tenantLimits: parseLimits(settings.tenantLimits ?? {}, fail, integer),
    workers: integer('workers', settings.workers ?? 100, 2, 1000),
    runsPerWorker: integer('runsPerWorker', settings.runsPerWorker ?? 4, 1, 10),
    dispatchers: integer('dispatchers', settings.dispatchers ?? 20, 2, 1000),
    deliverers: integer('deliverers', settings.deliverers ?? 10, 2, 1000),
    sweepers: integer('sweepers', settings.sweepers ?? 10, 2, 1000),
    sliceSeconds: integer('sliceSeconds', settings.sliceSeconds ?? 45, 1, 600),
    health: {
      warnPendingSeconds: integer(
        'health.warnPendingSeconds',
        health.warnPendingSeconds,
        1,
        health.errorPendingSeconds,
      ),
      errorPendingSeconds: integer('health.errorPendingSeconds', health.errorPendingSeconds, 1, 604_800),
      errorFailedRuns: integer('health.errorFailedRuns', health.errorFailedRuns, 1, 1_000_000),
    },
    ...(settings.alarmEmail !== undefined && { alarmEmail: settings.alarmEmail }),
    metricTenants: validateEach(
      'metricTenants',
      settings.metricTenants ?? [],
      TENANT,
      '1–64 of A–Z, a–z, 0–9, _ and -',
    ),
    privateNetworks: validateEach(
      'privateNetworks',
      settings.privateNetworks ?? [],
      CIDR,
      'a CIDR block such as 10.0.0.0/8',
    ),
    targets: validateTargets(settings.targets ?? {}, fail),
    ...(settings.consoleUrl !== undefined && { consoleUrl: validateOrigin('consoleUrl', settings.consoleUrl, fail) }),
    corsOrigins: validateEach(
      'corsOrigins',
      settings.corsOrigins ?? [],
      ORIGIN,
      "an origin such as https://app.example.com, or '*'",
    ),
    slackApiUrl: validateBaseUrl('slackApiUrl', settings.slackApiUrl ?? 'https://slack.com/api', fail),
    pagerDutyUrl: validateBaseUrl('pagerDutyUrl', settings.pagerDutyUrl ?? 'https://events.pagerduty.com', fail),
    apiKeyGeneration: integer('apiKeyGeneration', settings.apiKeyGeneration ?? 1, 1, 999_999),
    apiThrottle: {
      rate: integer('apiThrottle.rate', throttle.rate, 1, 10_000),
      burst: integer('apiThrottle.burst', throttle.burst, 1, 5_000),
    },
    ...(settings.email && { email: validateEmail(settings.email, fail) }),
    ...(settings.edge && { edge: validateEdge(name, settings.edge, fail, integer) }),
    counterDelaySeconds: integer('counterDelaySeconds', settings.counterDelaySeconds ?? 5, 1, 60),
    logRetentionDays,
    protectData,
    ...(settings.provisionedCapacity && {
      provisionedCapacity: validateCapacity(settings.provisionedCapacity, integer),
    }),
  };
  for (const [field, value] of Object.entries(settings)) {
    // A misspelled setting would otherwise be a default without notice.
    if (value === undefined || Object.hasOwn(config, field)) continue;
    throw new Error(`Stage ${name}: there is no setting ${JSON.stringify(field)}, got ${JSON.stringify(value)}.`);
  }
  return config;
}

function validateEdge(
  stage: string,
  edge: EdgeSettings,
  fail: (field: string, rule: string, received: unknown) => never,
  integer: (field: string, value: number, min: number, max: number) => number,
): EdgeSettings {
  if (stage === LOCAL_STAGE) fail('edge', 'unset in this stage', edge);
  const { requestsPerFiveMinutesPerIp } = edge;
  // https://docs.aws.amazon.com/waf/latest/APIReference/API_RateBasedStatement.html
  return {
    requestsPerFiveMinutesPerIp: integer(
      'edge.requestsPerFiveMinutesPerIp',
      requestsPerFiveMinutesPerIp,
      10,
      2_000_000_000,
    ),
  };
}

function validateEmail(email: EmailSettings, fail: Fail): EmailSettings {
  const unknown = Object.keys(email).find((name) => name !== 'from' && name !== 'domains');
  if (unknown !== undefined) fail(`email.${unknown}`, 'absent: only from and domains are settings', unknown);
  const { domains } = email;
  if (domains !== undefined) {
    const isList = Array.isArray(domains) && domains.length > 0 && domains.length <= MAX_EMAIL_DOMAINS;
    if (!isList) fail('email.domains', `a list of 1–${MAX_EMAIL_DOMAINS} domains`, domains);
    const wrong = domains.findIndex((domain) => typeof domain !== 'string' || !isEmailDomain(domain));
    if (wrong >= 0) fail(`email.domains[${wrong}]`, 'a domain such as example.com', domains[wrong]);
  }
  const isSender = typeof email.from === 'string' && parseSender(email.from) !== undefined;
  return isSender ? email : fail('email.from', 'an address of e-mail or the ARN of an identity of SES', email.from);
}

function validateCapacity(
  { minUnits, maxUnits }: ProvisionedCapacity,
  integer: (field: string, value: number, min: number, max: number) => number,
): ProvisionedCapacity {
  return {
    minUnits: integer('provisionedCapacity.minUnits', minUnits, 1, MAX_TABLE_UNITS),
    maxUnits: integer('provisionedCapacity.maxUnits', maxUnits, minUnits, MAX_TABLE_UNITS),
  };
}

function parseLimits(
  limits: Partial<GeneralLimits>,
  fail: Fail,
  integer: (field: string, value: number, min: number, max: number) => number,
): GeneralLimits {
  const { concurrentRuns, retentionDays, ...defaults } = DEFAULT_LIMITS;
  for (const [name, value] of Object.entries(limits)) {
    if (!Object.hasOwn(defaults, name))
      fail(`tenantLimits.${name}`, `one of ${Object.keys(defaults).join(', ')}`, value);
  }
  const named = Object.entries({ ...defaults, ...limits }) as [keyof GeneralLimits, number | null][];
  const parse = (name: keyof GeneralLimits, value: number | null) =>
    value === null && DEFAULT_LIMITS[name] === null
      ? null
      : integer(`tenantLimits.${name}`, value as number, ...LIMIT_RANGES[name]);
  return Object.fromEntries(named.map(([name, value]) => [name, parse(name, value)])) as unknown as GeneralLimits;
}

/** Returns the error for a stage that a file does not declare. */
export function unknownStageError(name: string, file: string, declared: Readonly<Record<string, unknown>>): Error {
  const names = Object.keys(declared);
  const list = names.length > 0 ? `The stages are: ${names.join(', ')}.` : 'It declares no stage.';
  return new Error(`There is no stage ${JSON.stringify(name)} in ${file}. ${list}`);
}

type Fail = (field: string, rule: string, received: unknown) => never;

function validateOrigin(field: string, value: string, fail: Fail): string {
  const isOrigin = URL.canParse(value) && new URL(value).origin === value && value.startsWith('https://');
  return isOrigin ? value : fail(field, 'an https origin such as https://jobs.example.com', value);
}

function validateBaseUrl(field: string, value: string, fail: Fail): string {
  const isHttps = URL.canParse(value) && new URL(value).protocol === 'https:';
  return isHttps && !value.endsWith('/') ? value : fail(field, 'an https URL without a trailing slash', value);
}

/** Stands in for the account id, which the configuration does not know. */
const ACCOUNT_DIGITS = '0'.repeat(12);

/**
 * Returns the default prefix of the sign-in page's domain.
 *
 * @param account account id, or a token for it
 */
export const defaultDomainPrefix = (stage: string, account: string): string => `jobdeck-${stage}-${account}`;

function validateIdentity(
  name: string,
  identity: CognitoIdentity | OidcIdentity,
  fail: Fail,
  integer: (field: string, value: number, min: number, max: number) => number,
): CognitoIdentity | OidcIdentity {
  if ('cognito' in identity) {
    const {
      tokenMinutes = 60,
      domainPrefix = defaultDomainPrefix(name, ACCOUNT_DIGITS),
      origins = [],
    } = identity.cognito;
    integer('identity.cognito.tokenMinutes', tokenMinutes, 5, 1440);
    if (!DOMAIN_PREFIX.test(domainPrefix)) {
      const rule = '1–63 of a–z, 0–9 and inner hyphens, without aws, amazon or cognito';
      fail('identity.cognito.domainPrefix', rule, domainPrefix);
    }
    for (const [i, value] of origins.entries()) validateOrigin(`identity.cognito.origins[${i}]`, value, fail);
    return identity;
  }
  const url = (field: string, value: string): void => {
    if (!URL.canParse(value) || new URL(value).protocol !== 'https:') fail(field, 'an https URL', value);
  };
  url('identity.issuer', identity.issuer);
  if (identity.jwksUri !== undefined) url('identity.jwksUri', identity.jwksUri);
  for (const field of ['audience', 'tenantClaim', 'rolesClaim'] as const) {
    if (identity[field] === '') fail(`identity.${field}`, 'not empty', identity[field]);
  }
  const { signIn } = identity;
  if (signIn?.clientId === '') fail('identity.signIn.clientId', 'not empty', signIn.clientId);
  for (const field of ['authorizationEndpoint', 'tokenEndpoint', 'endSessionEndpoint'] as const) {
    const value = signIn?.[field];
    if (value !== undefined) url(`identity.signIn.${field}`, value);
  }
  return identity;
}
