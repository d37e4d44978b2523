import { Stack } from 'aws-cdk-lib';
import { Env } from '../../functions/core/platform/env-names.ts';
import type { StageConfig } from '../config.ts';
import { type ParsedSender, parseSender } from '../email-sender.ts';
import type { PlatformFunction } from './function.ts';

const senderOf = ({ email }: StageConfig): ParsedSender | undefined => (email ? parseSender(email.from) : undefined);

/** Tells a function that validates destinations that the stage sends e-mail, and to which domains. */
export function passEmailSender(config: StageConfig, fn: PlatformFunction): void {
  const sender = senderOf(config);
  if (!sender) return;
  fn.addEnvironment(Env.emailFrom, sender.address);
  if (config.email?.domains) fn.addEnvironment(Env.emailDomains, config.email.domains.join(','));
}

/** Lets a function send e-mail from the address of the stage, and from no other. */
export function grantSendEmail(config: StageConfig, fn: PlatformFunction): void {
  const sender = senderOf(config);
  if (!sender) return;
  const { address, identityArn, identities } = sender;
  passEmailSender(config, fn);
  if (identityArn !== undefined) fn.addEnvironment(Env.emailIdentityArn, identityArn);
  const ownIdentities = identities.map((resourceName) =>
    Stack.of(fn).formatArn({ service: 'ses', resource: 'identity', resourceName }),
  );
  fn.allow(['ses:SendEmail'], identityArn === undefined ? ownIdentities : [identityArn], {
    StringEquals: { 'ses:FromAddress': address },
  });
}
