import { Aws, Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import * as cognito from 'aws-cdk-lib/aws-cognito';
import { Construct } from 'constructs';
import type { SignInConfig } from '../../functions/console/config.ts';
import { SIGNED_IN_PATH, SIGNED_OUT_PATH } from '../../functions/console/paths.ts';
import { ROLES } from '../../functions/core/domain/access.ts';
import { Env } from '../../functions/core/platform/env-names.ts';
import { type CognitoIdentity, defaultDomainPrefix, type OidcIdentity, type StageConfig } from '../config.ts';
import type { PlatformFunction } from './function.ts';

/** The identity provider of the API: a new user pool or an existing OIDC issuer. */
export class Identity extends Construct {
  readonly issuer: string;
  /** The user pool and its client, if the deployment creates them. */
  readonly pool?: { readonly userPoolId: string; readonly clientId: string };
  readonly #audience: string;
  readonly #jwksUri: string;
  readonly #tenantClaim: string;
  readonly #rolesClaim: string;
  readonly #signIn: SignInConfig | undefined;

  /** @param origin origin of the console, to which the user pool's sign-in page redirects */
  constructor(scope: Construct, id: string, config: StageConfig, origin: string) {
    super(scope, id);
    const { identity } = config;
    if ('cognito' in identity) {
      const { userPool, client, domain } = this.#makePool(config, identity.cognito, origin);
      this.pool = { userPoolId: userPool.userPoolId, clientId: client.userPoolClientId };
      this.issuer = userPool.userPoolProviderUrl;
      this.#audience = client.userPoolClientId;
      this.#jwksUri = `${this.issuer}/.well-known/jwks.json`;
      this.#tenantClaim = 'custom:tenant';
      this.#rolesClaim = 'cognito:groups';
      this.#signIn = this.#signInAt(client, domain.baseUrl());
    } else {
      this.issuer = identity.issuer;
      this.#audience = identity.audience;
      this.#jwksUri = identity.jwksUri ?? `${identity.issuer.replace(/\/$/, '')}/.well-known/jwks.json`;
      this.#tenantClaim = identity.tenantClaim;
      this.#rolesClaim = identity.rolesClaim;
      this.#signIn = toSignIn(identity);
    }
  }

  /** Configures token verification in `fn`. The keys are public, so no permission is needed. */
  grantVerify(fn: PlatformFunction): void {
    fn.addEnvironment(Env.issuer, this.issuer);
    fn.addEnvironment(Env.audience, this.#audience);
    fn.addEnvironment(Env.jwksUri, this.#jwksUri);
    fn.addEnvironment(Env.tenantClaim, this.#tenantClaim);
    fn.addEnvironment(Env.rolesClaim, this.#rolesClaim);
  }

  /** Configures the console's sign-in in `fn`. */
  grantSignIn(fn: PlatformFunction): void {
    if (this.#signIn) fn.addEnvironment(Env.consoleSignIn, Stack.of(this).toJsonString(this.#signIn));
  }

  /** Returns the sign-in configuration of the user pool's sign-in page. */
  #signInAt(client: cognito.UserPoolClient, url: string): SignInConfig {
    return {
      clientId: client.userPoolClientId,
      authorizationEndpoint: `${url}/oauth2/authorize`,
      tokenEndpoint: `${url}/oauth2/token`,
      endSessionEndpoint: `${url}/logout`,
      scopes: 'openid email profile',
      // Cognito access tokens contain neither the audience nor the tenant.
      token: 'id_token',
      tenantClaim: this.#tenantClaim,
      rolesClaim: this.#rolesClaim,
    };
  }

  #makePool(config: StageConfig, settings: CognitoIdentity['cognito'], origin: string) {
    const userPool = new cognito.UserPool(this, 'Users', {
      userPoolName: `jobdeck-${config.name}`,
      selfSignUpEnabled: false,
      signInAliases: { email: true },
      signInCaseSensitive: false,
      accountRecovery: cognito.AccountRecovery.EMAIL_ONLY,
      // Immutable: set when the user is created, and not even an administrator can move a user to another tenant.
      customAttributes: { tenant: new cognito.StringAttribute({ mutable: false, minLen: 1, maxLen: 64 }) },
      passwordPolicy: {
        minLength: 12,
        requireLowercase: true,
        requireUppercase: true,
        requireDigits: true,
        requireSymbols: true,
      },
      mfa: cognito.Mfa.OPTIONAL,
      mfaSecondFactor: { otp: true, sms: false },
      featurePlan: cognito.FeaturePlan.ESSENTIALS,
      deletionProtection: config.protectData,
      removalPolicy: config.protectData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
    Validations.of(userPool).acknowledge(
      {
        id: 'AwsSolutions-COG2',
        reason: 'MFA is offered (TOTP) and left to each user: service users of a tenant sign in without a person.',
      },
      {
        id: 'AwsSolutions-COG8',
        reason:
          'The plus plan bills each user for threat protection; users are made by an administrator, and MFA is offered.',
      },
    );
    // Prefixes are unique within a region.
    const domainPrefix = settings.domainPrefix ?? defaultDomainPrefix(config.name, Aws.ACCOUNT_ID);
    const domain = userPool.addDomain('Domain', { cognitoDomain: { domainPrefix } });
    const origins = [origin, ...(settings.origins ?? [])];
    const client = userPool.addClient('Client', {
      userPoolClientName: `jobdeck-${config.name}`,
      authFlows: { userSrp: true, adminUserPassword: true },
      oAuth: {
        flows: { authorizationCodeGrant: true },
        scopes: [cognito.OAuthScope.OPENID, cognito.OAuthScope.EMAIL, cognito.OAuthScope.PROFILE],
        callbackUrls: origins.map((one) => one + SIGNED_IN_PATH),
        logoutUrls: origins.map((one) => one + SIGNED_OUT_PATH),
      },
      // The console cannot keep a secret; PKCE binds the code to the client instead.
      generateSecret: false,
      preventUserExistenceErrors: true,
      idTokenValidity: Duration.minutes(settings.tokenMinutes ?? 60),
      accessTokenValidity: Duration.minutes(settings.tokenMinutes ?? 60),
      readAttributes: new cognito.ClientAttributes()
        .withStandardAttributes({ email: true, emailVerified: true })
        .withCustomAttributes('tenant'),
      // Without a list, clients may write all attributes.
      writeAttributes: new cognito.ClientAttributes().withStandardAttributes({ fullname: true }),
    });
    const groups = ROLES.map(
      (groupName, precedence) =>
        new cognito.CfnUserPoolGroup(this, groupName, { userPoolId: userPool.userPoolId, groupName, precedence }),
    );
    // A retained pool keeps the roles of its users, and the client whose id is the audience of its tokens.
    const removalPolicy = config.protectData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY;
    for (const child of [client, ...groups]) child.applyRemovalPolicy(removalPolicy);
    return { userPool, client, domain };
  }
}

/** Returns the sign-in configuration of an existing issuer, or `undefined` if the stage has none. */
function toSignIn({ signIn, tenantClaim, rolesClaim }: OidcIdentity): SignInConfig | undefined {
  if (!signIn) return undefined;
  const { clientId, authorizationEndpoint, tokenEndpoint, endSessionEndpoint = null } = signIn;
  const { scopes = 'openid email profile', token = 'id_token' } = signIn;
  return {
    clientId,
    authorizationEndpoint,
    tokenEndpoint,
    endSessionEndpoint,
    scopes,
    token,
    tenantClaim,
    rolesClaim,
  };
}
