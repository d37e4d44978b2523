import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { Env } from '../../functions/core/platform/env-names.ts';
import type { SecretUse } from '../../functions/core/platform/envelope.ts';
import { MAC_KEY_USE } from '../../functions/core/platform/mac-key.ts';
import { MAC_KEYS_PARTITION } from '../../functions/core/store/keys.ts';
import type { StageConfig } from '../config.ts';
import { secretsKeyAlias } from '../secrets-key-alias.ts';
import type { Conditions, Grantee } from './grantee.ts';

/** Days after which KMS replaces the key material. Former material stays available for decryption. */
const ROTATION_DAYS = 365;

/**
 * The KMS key that encrypts the data keys of the tenants' secrets, and the MAC keys of API keys. Permissions are
 * conditional on the encryption context, which consists of the tenant and the purpose of the secret.
 */
export class SecretsKey extends Construct {
  readonly #key: kms.Key;

  constructor(scope: Construct, id: string, config: StageConfig) {
    super(scope, id);
    this.#key = new kms.Key(this, 'Key', {
      description: `Jobdeck ${config.name}: data keys of secrets, MAC keys of API keys`,
      alias: secretsKeyAlias(config.name),
      enableKeyRotation: true,
      rotationPeriod: Duration.days(ROTATION_DAYS),
      removalPolicy: config.protectData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
  }

  /** Grants encryption of new values, but not decryption. */
  grantSeal(to: Grantee, ...uses: SecretUse[]): void {
    this.#grant(to, 'kms:GenerateDataKey', uses);
  }

  /** Grants decryption of stored values. */
  grantOpen(to: Grantee, ...uses: SecretUse[]): void {
    this.#grant(to, 'kms:Decrypt', uses);
  }

  /** Grants the creation and decryption of the MAC keys of API keys. */
  grantMacKeys(to: Grantee): void {
    to.addEnvironment(Env.secretsKeyArn, this.#key.keyArn);
    const conditions = contextConditions(MAC_KEYS_PARTITION, [MAC_KEY_USE]);
    to.allow(['kms:GenerateDataKey', 'kms:Decrypt'], [this.#key.keyArn], conditions);
  }

  #grant(to: Grantee, action: string, uses: readonly SecretUse[]): void {
    to.addEnvironment(Env.secretsKeyArn, this.#key.keyArn);
    to.allow([action], [this.#key.keyArn], contextConditions(to.tenant, uses));
  }
}

/** Conditions that limit requests to these purposes, to the tenant if there is one, and to contexts with nothing else. */
const contextConditions = (tenant: string | undefined, uses: readonly string[]): Conditions => ({
  StringEquals: {
    'kms:EncryptionContext:use': uses,
    ...(tenant !== undefined && { 'kms:EncryptionContext:tenant': tenant }),
  },
  'ForAllValues:StringEquals': { 'kms:EncryptionContextKeys': ['tenant', 'use'] },
  Null: { 'kms:EncryptionContext:tenant': 'false' },
});
