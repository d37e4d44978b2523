import { RemovalPolicy } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { Env } from '../../functions/core/platform/env-names.ts';
import type { StageConfig } from '../config.ts';
import type { PlatformFunction } from './function.ts';

/**
 * The KMS key from which the MAC keys of API keys are derived. The derivation is deterministic, so the functions of a
 * stage share MAC keys without storing them, and every generation can be derived again.
 */
export class ApiKeysKey extends Construct {
  readonly #key: kms.Key;
  readonly #generation: number;

  constructor(scope: Construct, id: string, config: StageConfig) {
    super(scope, id);
    this.#generation = config.apiKeyGeneration;
    this.#key = new kms.Key(this, 'Key', {
      description: `Jobdeck ${config.name}: MAC keys of API keys`,
      alias: `jobdeck-${config.name}-api-keys`,
      keySpec: kms.KeySpec.HMAC_256,
      keyUsage: kms.KeyUsage.GENERATE_VERIFY_MAC,
      removalPolicy: config.protectData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
  }

  /** Grants the derivation of MAC keys to a function's own role; sessions of tenants cannot issue keys by themselves. */
  grantDerive(fn: PlatformFunction): void {
    fn.addEnvironment(Env.apiKeysKeyArn, this.#key.keyArn);
    fn.addEnvironment(Env.apiKeyGeneration, String(this.#generation));
    fn.allow(['kms:GenerateMac'], [this.#key.keyArn], { StringEquals: { 'kms:MacAlgorithm': 'HMAC_SHA_256' } });
  }
}
