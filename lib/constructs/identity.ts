import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import * as cognito from 'aws-cdk-lib/aws-cognito';
import { Construct } from 'constructs';
import { ROLES } from '../../functions/domain/access.ts';
import type { CognitoIdentity, StageConfig } from '../config.ts';
import { Env } from '../env.ts';
import type { PlatformFunction } from './function.ts';

/** Whose tokens the API accepts: a user pool of its own, or an OIDC issuer that exists. */
export class Identity extends Construct {
  readonly issuer: string;
  /** The user pool and its client, when the deployment makes them. */
  readonly pool?: { readonly userPoolId: string; readonly clientId: string };
  readonly #audience: string;
  readonly #jwksUri: string;
  readonly #tenantClaim: string;
  readonly #rolesClaim: string;

  constructor(scope: Construct, id: string, config: StageConfig) {
    super(scope, id);
    const { identity } = config;
    if ('cognito' in identity) {
      const { userPool, client } = this.#makePool(config, identity.cognito);
      this.pool = { userPoolId: userPool.userPoolId, clientId: client.userPoolClientId };
      this.issuer = userPool.userPoolProviderUrl;
      this.#audience = client.userPoolClientId;
      this.#jwksUri = `${this.issuer}/.well-known/jwks.json`;
      this.#tenantClaim = 'custom:tenant';
      this.#rolesClaim = 'cognito:groups';
    } else {
      this.issuer = identity.issuer;
      this.#audience = identity.audience;
      this.#jwksUri = identity.jwksUri ?? `${identity.issuer.replace(/\/$/, '')}/.well-known/jwks.json`;
      this.#tenantClaim = identity.tenantClaim;
      this.#rolesClaim = identity.rolesClaim;
    }
  }

  /** Tells `fn` which tokens to accept. It needs no permission: the keys are public. */
  grantVerify(fn: PlatformFunction): void {
    fn.addEnvironment(Env.issuer, this.issuer);
    fn.addEnvironment(Env.audience, this.#audience);
    fn.addEnvironment(Env.jwksUri, this.#jwksUri);
    fn.addEnvironment(Env.tenantClaim, this.#tenantClaim);
    fn.addEnvironment(Env.rolesClaim, this.#rolesClaim);
  }

  #makePool(config: StageConfig, settings: CognitoIdentity['cognito']) {
    const userPool = new cognito.UserPool(this, 'Users', {
      userPoolName: `jobdeck-${config.name}`,
      selfSignUpEnabled: false,
      signInAliases: { email: true },
      signInCaseSensitive: false,
      accountRecovery: cognito.AccountRecovery.EMAIL_ONLY,
      // Set once by whoever makes the user; nobody, not even an administrator, moves a user to another tenant.
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
        reason: 'The plus plan bills per user for threat protection of a hosted sign-in page, and there is none.',
      },
    );
    const client = userPool.addClient('Client', {
      userPoolClientName: `jobdeck-${config.name}`,
      authFlows: { userSrp: true, adminUserPassword: true },
      disableOAuth: true,
      generateSecret: false,
      preventUserExistenceErrors: true,
      idTokenValidity: Duration.minutes(settings.tokenMinutes ?? 60),
      accessTokenValidity: Duration.minutes(settings.tokenMinutes ?? 60),
      readAttributes: new cognito.ClientAttributes()
        .withStandardAttributes({ email: true, emailVerified: true })
        .withCustomAttributes('tenant'),
      // Without a list a client may write every attribute.
      writeAttributes: new cognito.ClientAttributes().withStandardAttributes({ fullname: true }),
    });
    for (const [precedence, groupName] of ROLES.entries()) {
      new cognito.CfnUserPoolGroup(this, groupName, { userPoolId: userPool.userPoolId, groupName, precedence });
    }
    return { userPool, client };
  }
}
