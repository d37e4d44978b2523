import { HEALTH_THRESHOLDS, type HealthThresholds } from '../functions/core/domain/health.ts';
import { DEFAULT_LIMITS, LIMIT_RANGES, type TenantLimits } from '../functions/core/domain/limits.ts';

/**
 * What differs from one deployment to another. Each stage of `stages` is one; `cdk deploy -c stage=prod` picks it.
 *
 * Everything has a default but the name, so a stage says only what is special about it.
 */
export interface StageSettings {
  /**
   * Whose tokens the API accepts.
   *
   * @default `{ cognito: {} }`: a user pool of its own
   */
  readonly identity?: CognitoIdentity | OidcIdentity;
  /**
   * Days that an ended run is kept unless the tenant's limits say otherwise, 1–3650.
   *
   * @default 30
   */
  readonly retentionDays?: number;
  /**
   * Days that records of the tenants' audit trails are kept, 1–3650: who changed what, through the API.
   *
   * @default 400
   */
  readonly auditDays?: number;
  /**
   * Runs that a tenant may have running at once unless its limits say otherwise, 1–1000.
   *
   * @default 10
   */
  readonly concurrentRuns?: number;
  /**
   * What else a tenant may use unless its limits say otherwise; the ranges are those of `LIMIT_RANGES`.
   *
   * @default `DEFAULT_LIMITS`
   */
  readonly tenantLimits?: Partial<OtherLimits>;
  /**
   * Workers that run at once, 2–1000 (the range of an SQS event source): the deployment's whole capacity, which the
   * tenants share.
   *
   * @default 100
   */
  readonly workers?: number;
  /**
   * Dispatchers that run at once, 2–1000. Each takes ten ticks at a time, so a few are many; the cap keeps the burst
   * of a full hour from taking the account's concurrency away from the API.
   *
   * @default 20
   */
  readonly dispatchers?: number;
  /**
   * Seconds after which a worker puts a flow run's task down, with a page done, for the next worker to go on: what a
   * flow may keep others waiting, 1–600.
   *
   * @default 45
   */
  readonly sliceSeconds?: number;
  /**
   * When a tenant's health stops being good.
   *
   * @default the thresholds of the metrics contract
   */
  readonly health?: Partial<HealthThresholds>;
  /**
   * Email address that alarms go to.
   *
   * @default none: alarms show on the dashboard and on their topic only
   */
  readonly alarmEmail?: string;
  /**
   * Tenants that get metrics of their own; the others are summed. Each costs about 17 custom metrics a month.
   *
   * @default none
   */
  readonly metricTenants?: readonly string[];
  /**
   * CIDR blocks of private addresses that `http` jobs may reach.
   *
   * @default none: public addresses only
   */
  readonly privateNetworks?: readonly string[];
  /**
   * Where people reach the page, as an origin: what links in notifications begin with.
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
   * Origins whose pages may call the API from a browser: `https://app.example.com`, or `*` for all.
   *
   * @default `[]`: only pages of the API's own origin, such as the console
   */
  readonly corsOrigins?: readonly string[];
  /**
   * What the API takes before it answers 429, all tenants together.
   *
   * @default 200 requests a second, bursts of 400
   */
  readonly apiThrottle?: Throttle;
  /**
   * Days that logs are kept; one of the values CloudWatch knows.
   *
   * @default 30
   */
  readonly logRetentionDays?: number;
  /**
   * Keeps tables and users from being deleted, with the stack or without. Only `dev` and `local` may go without.
   *
   * @default true, but in `dev` and `local`
   */
  readonly protectData?: boolean;
}

/** A Cognito user pool that the deployment makes. */
export interface CognitoIdentity {
  readonly cognito: {
    /**
     * Minutes an ID token is good for, 5–1440.
     *
     * @default 60
     */
    readonly tokenMinutes?: number;
    /**
     * First part of the host of its sign-in page, `<prefix>.auth.<region>.amazoncognito.com`: 1–63 of a–z, 0–9 and
     * inner hyphens; no other account of the region may have it.
     *
     * @default `jobdeck-<stage>-<account>`
     */
    readonly domainPrefix?: string;
    /**
     * Origins that the page is reached at beside the API's own, such as `https://jobs.example.com`: the sign-in page
     * sends people back to these and nowhere else.
     *
     * @default none
     */
    readonly origins?: readonly string[];
  };
}

/** An OIDC issuer that exists already. */
export interface OidcIdentity {
  /** `iss` of its tokens: an https URL without a trailing slash unless the issuer's has one. */
  readonly issuer: string;
  /** `aud` of its tokens. */
  readonly audience: string;
  /**
   * Where it publishes its keys.
   *
   * @default `<issuer>/.well-known/jwks.json`
   */
  readonly jwksUri?: string;
  /** Claim that names the tenant, as a string. */
  readonly tenantClaim: string;
  /** Claim that lists the roles. */
  readonly rolesClaim: string;
  /**
   * How people sign in to the page.
   *
   * @default they cannot: the page says so
   */
  readonly signIn?: OidcSignIn;
}

/**
 * A public client of the issuer (authorization code with PKCE, no secret) that may send people back to
 * `<origin>/console/signed-in` and `<origin>/console/signed-out`. Its token endpoint must answer to the page's origin
 * (CORS), and its tokens carry `audience`.
 */
export interface OidcSignIn {
  readonly clientId: string;
  readonly authorizationEndpoint: string;
  readonly tokenEndpoint: string;
  /**
   * Where the issuer's own session is ended.
   *
   * @default none: signing out forgets the tokens, and the issuer may sign in again without asking
   */
  readonly endSessionEndpoint?: string;
  /**
   * Separated by spaces.
   *
   * @default `openid email profile`
   */
  readonly scopes?: string;
  /**
   * Which of its tokens is for the API.
   *
   * @default `id_token`
   */
  readonly token?: 'id_token' | 'access_token';
}

/** The limits of a tenant that have no setting of their own. */
type OtherLimits = Omit<TenantLimits, 'concurrentRuns' | 'retentionDays'>;

export interface Throttle {
  /** Requests a second, 1–10000. */
  readonly rate: number;
  /** Requests at once, 1–5000. */
  readonly burst: number;
}

/** A stage with every default filled in and every value checked. */
export interface StageConfig
  extends Required<Omit<StageSettings, 'alarmEmail' | 'health' | 'consoleUrl' | 'tenantLimits'>> {
  /** Part of every resource's name: 2–12 of `a–z 0–9 -`, a letter first. */
  readonly name: string;
  readonly tenantLimits: OtherLimits;
  readonly health: HealthThresholds;
  readonly alarmEmail?: string;
  readonly consoleUrl?: string;
}

/** The stages of this deployment: add yours here. `local` is what `npm start` runs. */
export const stages: Readonly<Record<string, StageSettings>> = {
  dev: { logRetentionDays: 7 },
  prod: { logRetentionDays: 90 },
  local: {
    workers: 8,
    dispatchers: 2,
    privateNetworks: ['127.0.0.0/8', '::1/128'],
    logRetentionDays: 1,
    // There is one user, who may well be a load test.
    tenantLimits: { requestsPerSecond: 1_000, requestBurst: 2_000 },
  },
};

export const DEFAULT_STAGE = 'dev';

const UNPROTECTED = ['dev', 'local'];
/** https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html */
const LOG_RETENTION = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];
const CIDR = /^(\d{1,3}(\.\d{1,3}){3}\/\d{1,2}|[0-9a-f:]+\/\d{1,3})$/i;
const EMAIL = /^[^\s@]+@[^\s@]+$/;
/** An origin in the form that browsers send: scheme, host in lower case, and a port other than the default one; or `*`. */
const ORIGIN = /^(\*|https?:\/\/([a-z0-9-]+\.)*[a-z0-9-]+(:\d{1,5})?)$/;
const TENANT = /^[A-Za-z0-9_-]{1,64}$/;
/** https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-assign-domain-prefix.html */
const DOMAIN_PREFIX = /^(?!.*(aws|amazon|cognito))[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/**
 * The configuration of the stage called `name`.
 *
 * @throws Error that names the field, its range and what it got
 */
export function stageConfig(name: string, settings: StageSettings | undefined = stages[name]): StageConfig {
  const fail = (field: string, right: string, got: unknown): never => {
    throw new Error(`Stage ${name}: ${field} must be ${right}, got ${JSON.stringify(got)}.`);
  };
  const integer = (field: string, value: number, least: number, most: number): number =>
    Number.isInteger(value) && value >= least && value <= most
      ? value
      : fail(field, `an integer in ${least}–${most}`, value);
  const each = (field: string, values: readonly string[], form: RegExp, right: string): readonly string[] => {
    for (const [i, value] of values.entries()) if (!form.test(value)) fail(`${field}[${i}]`, right, value);
    return values;
  };

  if (!settings) throw new Error(`There is no stage ${JSON.stringify(name)} in lib/config.ts. ${known()}`);
  if (!/^[a-z][a-z0-9-]{1,11}$/.test(name)) fail('name', '2–12 of a–z, 0–9 and -, a letter first', name);

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

  return {
    name,
    identity: checkedIdentity(settings.identity ?? { cognito: {} }, fail, integer),
    retentionDays: integer('retentionDays', settings.retentionDays ?? 30, 1, 3650),
    auditDays: integer('auditDays', settings.auditDays ?? 400, 1, 3650),
    concurrentRuns: integer('concurrentRuns', settings.concurrentRuns ?? 10, 1, 1000),
    tenantLimits: otherLimits(settings.tenantLimits ?? {}, integer),
    workers: integer('workers', settings.workers ?? 100, 2, 1000),
    dispatchers: integer('dispatchers', settings.dispatchers ?? 20, 2, 1000),
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
    metricTenants: each('metricTenants', settings.metricTenants ?? [], TENANT, '1–64 of A–Z, a–z, 0–9, _ and -'),
    privateNetworks: each('privateNetworks', settings.privateNetworks ?? [], CIDR, 'a CIDR block such as 10.0.0.0/8'),
    ...(settings.consoleUrl !== undefined && { consoleUrl: origin('consoleUrl', settings.consoleUrl, fail) }),
    corsOrigins: each(
      'corsOrigins',
      settings.corsOrigins ?? [],
      ORIGIN,
      "an origin such as https://app.example.com, or '*'",
    ),
    slackApiUrl: baseUrl('slackApiUrl', settings.slackApiUrl ?? 'https://slack.com/api', fail),
    apiThrottle: {
      rate: integer('apiThrottle.rate', throttle.rate, 1, 10_000),
      burst: integer('apiThrottle.burst', throttle.burst, 1, 5_000),
    },
    logRetentionDays,
    protectData,
  };
}

function otherLimits(
  given: Partial<OtherLimits>,
  integer: (field: string, value: number, least: number, most: number) => number,
): OtherLimits {
  const { concurrentRuns, retentionDays, ...defaults } = DEFAULT_LIMITS;
  const named = Object.entries({ ...defaults, ...given }) as [keyof OtherLimits, number][];
  return Object.fromEntries(
    named.map(([name, value]) => [name, integer(`tenantLimits.${name}`, value, ...LIMIT_RANGES[name])]),
  ) as unknown as OtherLimits;
}

function known(): string {
  return `The stages are: ${Object.keys(stages).join(', ')}.`;
}

type Fail = (field: string, right: string, got: unknown) => never;

function origin(field: string, value: string, fail: Fail): string {
  const isOrigin = URL.canParse(value) && new URL(value).origin === value && value.startsWith('https://');
  return isOrigin ? value : fail(field, 'an https origin such as https://jobs.example.com', value);
}

function baseUrl(field: string, value: string, fail: Fail): string {
  const isHttps = URL.canParse(value) && new URL(value).protocol === 'https:';
  return isHttps && !value.endsWith('/') ? value : fail(field, 'an https URL without a trailing slash', value);
}

function checkedIdentity(
  identity: CognitoIdentity | OidcIdentity,
  fail: Fail,
  integer: (field: string, value: number, least: number, most: number) => number,
): CognitoIdentity | OidcIdentity {
  if ('cognito' in identity) {
    const { tokenMinutes = 60, domainPrefix, origins = [] } = identity.cognito;
    integer('identity.cognito.tokenMinutes', tokenMinutes, 5, 1440);
    if (domainPrefix !== undefined && !DOMAIN_PREFIX.test(domainPrefix)) {
      const right = '1–63 of a–z, 0–9 and inner hyphens, without aws, amazon or cognito';
      fail('identity.cognito.domainPrefix', right, domainPrefix);
    }
    for (const [i, value] of origins.entries()) origin(`identity.cognito.origins[${i}]`, value, fail);
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
